import Tidemill

/// Logins, and how many of them failed, in each window of five minutes.
func logins(_ session: Session, data: String) -> DataFrame {
  let logins = session.readStream
    .schema("user_id STRING, success BOOLEAN, event_time TIMESTAMP")
    .option("header", "true")
    .csv("\(data)/*.csv")
  return
    logins
    .withWatermark("event_time", "2 minutes")
    .groupBy(window("event_time", "5 minutes").alias("five_minutes"))
    .agg(
      count("*").alias("logins"),
      count("*").filter(!col("success")).alias("failed"))
}
