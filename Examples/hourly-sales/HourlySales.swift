import Tidemill

/// How much of each product is sold in each hour of event time.
func hourlySales(_ session: Session, data: String) -> DataFrame {
  let sales = session.readStream
    .schema("product_id STRING, sales_amount INT, event_time TIMESTAMP")
    .json(data)
  return
    sales
    .withWatermark("event_time", "10 minutes")
    .groupBy("product_id", window("event_time", "1 hour").alias("hour_window"))
    .agg(sum("sales_amount").alias("total_sales"))
    .select("product_id", "total_sales", "hour_window")
}
