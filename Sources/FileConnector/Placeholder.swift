// Placeholder until the first type of FileConnector lands.
