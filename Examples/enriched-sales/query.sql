-- What each category of products brought in each hour: sales know numbers only, names and prices are in a table.
CREATE STREAM sales (
  product_id STRING,
  quantity INT,
  event_time TIMESTAMP,
  WATERMARK FOR event_time AS event_time - INTERVAL '10 minutes'
) USING json OPTIONS (path 'data/sales.json');

CREATE TABLE products (
  id STRING,
  name STRING,
  category STRING,
  price DECIMAL(8, 2)
) USING csv OPTIONS (path 'data/products.csv', header true);

SELECT COALESCE(p.category, 'unknown') AS category,
       window(event_time, '1 hour') AS hour_window,
       SUM(s.quantity) AS sold,
       SUM(s.quantity * p.price) AS revenue
FROM sales s
LEFT JOIN products p ON s.product_id = p.id
GROUP BY COALESCE(p.category, 'unknown'), window(event_time, '1 hour');
