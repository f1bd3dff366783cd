#if Server
  /// What each metric means.
  enum MetricHelp {
    static let texts = [
      "tidemill_rows_in_total": "Rows read since the process began.",
      "tidemill_rows_rejected_total": "Rows that could not be accepted.",
      "tidemill_rows_duplicate_total": "Rows that repeated an earlier one.",
      "tidemill_rows_filtered_total": "Rows that a condition refused, or without a time for their window.",
      "tidemill_rows_late_total": "Rows late for all of their windows.",
      "tidemill_rows_aggregated_total": "Rows that count in the result.",
      "tidemill_output_rows_total": "Changes given to sinks.",
      "tidemill_epoch_duration_seconds": "How long epochs took.",
      "tidemill_epoch": "The last epoch.",
      "tidemill_watermark_lag_seconds": "How far the watermark is behind the clock.",
      "tidemill_state_bytes": "Bytes of state, as the memory budget counts them.",
      "tidemill_open_windows": "Windows that are open.",
      "tidemill_view_rows": "Rows of a view.",
      "tidemill_view_epoch": "The last epoch that has changed a view.",
      "tidemill_push_waiting_bytes": "Pushed bytes that no epoch has read yet.",
      "tidemill_push_limit_bytes": "So many may wait.",
      "tidemill_pushed_rows_total": "Events pushed since the process began.",
      "tidemill_pushed_bytes_total": "Bytes pushed since the process began.",
      "tidemill_push_refused_total": "Pushes answered with 429.",
      "tidemill_sse_subscribers": "Followers of views' changes.",
      "tidemill_http_connections": "Open connections.",
      "tidemill_http_connections_cut_total": "Connections closed since the client took nothing, or sent a body too slowly.",
      "tidemill_http_requests_total": "Requests answered.",
      "tidemill_http_request_duration_seconds": "Time to an answer, without the time to write it.",
      "tidemill_up": "1 while the queries run, 0 when they have failed, were stopped or have ended.",
      "process_start_time_seconds": "When the process began to serve, in seconds since 1970.",
    ]
  }
#endif
