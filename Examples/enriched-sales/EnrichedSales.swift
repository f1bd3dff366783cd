import Tidemill

/// What each category of products brought in each hour, with the categories and prices of a table.
func enrichedSales(_ session: Session, data: String) -> DataFrame {
  let sales = session.readStream
    .name("sales")
    .schema("product_id STRING, quantity INT, event_time TIMESTAMP")
    .json("\(data)/sales.json")
  let products = session.read
    .name("products")
    .schema("id STRING, name STRING, category STRING, price DECIMAL(8, 2)")
    .option("header", "true")
    .csv("\(data)/products.csv")
  return
    sales
    .withWatermark("event_time", "10 minutes")
    .join(products, on: col("product_id") == col("products.id"), how: .left)
    .groupBy(coalesce(col("category"), lit("unknown")).alias("category"), window("event_time", "1 hour").alias("hour_window"))
    .agg(sum("quantity").alias("sold"), sum(col("quantity") * col("price")).alias("revenue"))
}
