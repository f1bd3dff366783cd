-- How much of each product is sold in each hour of event time.
CREATE STREAM sales (
  product_id STRING,
  sales_amount INT,
  event_time TIMESTAMP,
  WATERMARK FOR event_time AS event_time - INTERVAL '10 minutes'
) USING json OPTIONS (path 'data');

SELECT product_id, SUM(sales_amount) AS total_sales, window(event_time, '1 hour') AS hour_window
FROM sales
GROUP BY product_id, window(event_time, '1 hour');
