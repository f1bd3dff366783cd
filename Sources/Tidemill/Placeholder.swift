// Placeholder until the first type of Tidemill lands.
