import Tidemill

/// How many different users were active in each minute.
func activeUsers(_ session: Session, data: String) -> DataFrame {
  let clicks = session.readStream
    .schema("user STRUCT<id: BIGINT, country: STRING>, page STRING, event_time TIMESTAMP")
    .json("\(data)/*.jsonl")
  return
    clicks
    .withWatermark("event_time", "30 seconds")
    .groupBy(window("event_time", "1 minute").alias("minute"))
    .agg(countDistinct("user.id").alias("active_users"), count("*").alias("clicks"))
}
