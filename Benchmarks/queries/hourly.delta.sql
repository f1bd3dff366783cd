CREATE STREAM sales (product_id STRING, sales_amount INT, event_time TIMESTAMP,
                     WATERMARK FOR event_time AS event_time - INTERVAL '$delay minutes')
  USING json OPTIONS (path '$data');

CREATE SINK totals USING delta OPTIONS (path '$output', mode 'append');

INSERT INTO totals
SELECT product_id, window(event_time, '1 hour') AS w,
       SUM(sales_amount) AS total, COUNT(*) AS sales, AVG(sales_amount) AS average
FROM sales GROUP BY product_id, window(event_time, '1 hour');
