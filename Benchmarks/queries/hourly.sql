CREATE STREAM sales (product_id STRING, sales_amount INT, event_time TIMESTAMP,
                     WATERMARK FOR event_time AS event_time - INTERVAL '$delay minutes')
  USING $format OPTIONS (path '$data'$header);

CREATE SINK totals USING json OPTIONS (path '$output', mode '$mode', sync 'false');

INSERT INTO totals
SELECT product_id, window(event_time, '1 hour') AS w,
       SUM(sales_amount) AS total, COUNT(*) AS sales, AVG(sales_amount) AS average
FROM sales GROUP BY product_id, window(event_time, '1 hour');
