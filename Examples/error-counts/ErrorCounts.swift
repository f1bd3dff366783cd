import Tidemill

/// How many errors each service has logged, kept up to date as the log file grows.
func errorCounts(_ session: Session, data: String) -> DataFrame {
  let log = session.readStream
    .schema("service STRING, level STRING, message STRING, event_time TIMESTAMP")
    .json("\(data)/app.log")
  return
    log
    .filter(col("level").isIn("ERROR", "FATAL"))
    .groupBy("service")
    .agg(count("*").alias("errors"), max("event_time").alias("last_error"))
}
