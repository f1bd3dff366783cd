import Tidemill

/// The average value of an order, and how many there were, in each hour. Cancelled orders do not count.
func averageOrderValue(_ session: Session, data: String) -> DataFrame {
  let orders = session.readStream
    .schema("order_id BIGINT, status STRING, amount DECIMAL(10, 2), event_time TIMESTAMP")
    .json(data)
  return
    orders
    .withWatermark("event_time", "15 minutes")
    .filter(col("status") != "cancelled")
    .groupBy(window("event_time", "1 hour").alias("hour_window"))
    .agg(count("*").alias("orders"), avg("amount").alias("average_order_value"))
}
