-- The average value of an order, and how many there were, in each hour. Cancelled orders do not count.
CREATE STREAM orders (
  order_id BIGINT,
  status STRING,
  amount DECIMAL(10, 2),
  event_time TIMESTAMP,
  WATERMARK FOR event_time AS event_time - INTERVAL '15 minutes'
) USING json OPTIONS (path 'data');

SELECT window(event_time, '1 hour') AS hour_window,
       COUNT(*) AS orders,
       AVG(amount) AS average_order_value
FROM orders
WHERE status <> 'cancelled'
GROUP BY window(event_time, '1 hour');
