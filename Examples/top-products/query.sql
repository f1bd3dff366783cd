-- The three products that sold best in each window of thirty minutes.
CREATE STREAM sales (
  product_id STRING,
  amount BIGINT,
  event_time TIMESTAMP,
  WATERMARK FOR event_time AS event_time - INTERVAL '5 minutes'
) USING json OPTIONS (path 'data');

SELECT window(event_time, '30 minutes') AS half_hour, product_id, SUM(amount) AS total
FROM sales
GROUP BY window(event_time, '30 minutes'), product_id
QUALIFY ROW_NUMBER() OVER (PARTITION BY half_hour ORDER BY total DESC) <= 3;
