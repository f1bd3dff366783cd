import Tidemill

/// The three products that sold best in each window of thirty minutes.
func topProducts(_ session: Session, data: String) -> DataFrame {
  let sales = session.readStream
    .schema("product_id STRING, amount BIGINT, event_time TIMESTAMP")
    .json(data)
  let totals =
    sales
    .withWatermark("event_time", "5 minutes")
    .groupBy(window("event_time", "30 minutes").alias("half_hour"), "product_id")
    .agg(sum("amount").alias("total"))
  let position = rowNumber().over(Window.partitionBy("half_hour").orderBy(col("total").desc()))
  return
    totals
    .withColumn("position", position)
    .filter(col("position") <= 3)
    .select("half_hour", "product_id", "total")
}
