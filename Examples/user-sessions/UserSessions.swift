import Tidemill

/// The sessions of each user: clicks that follow each other within thirty minutes.
func userSessions(_ session: Session, data: String) -> DataFrame {
  let clicks = session.readStream
    .schema("user_id STRING, page STRING, event_time TIMESTAMP")
    .json(data)
  return
    clicks
    .withWatermark("event_time", "10 minutes")
    .groupBy("user_id", sessionWindow("event_time", "30 minutes").alias("session"))
    .agg(count("*").alias("clicks"), countDistinct("page").alias("pages"))
}
