-- A shop's sales from files of JSON: live hourly totals in one Delta table, final ones in another. Both are in the directory
-- where this runs; LAKE may be a place such as s3://shop.
CREATE STREAM sales (
  product STRING,
  quantity INT,
  price DECIMAL(8, 2),
  sold_at TIMESTAMP,
  WATERMARK FOR sold_at AS sold_at - INTERVAL '5 minutes'
) USING json OPTIONS (path 'sales');

-- What analysts ask: the totals as they are now, a new version of the table every two seconds at most.
CREATE SINK hourly USING delta OPTIONS (path '${env:LAKE}/hourly', mode 'update');

-- What the accounts take: each hour once, when nothing can change any more.
CREATE SINK final USING delta OPTIONS (path '${env:LAKE}/final', mode 'append');

INSERT INTO hourly WITH (every '2 seconds'), final
  SELECT product, COUNT(*) AS sales, SUM(quantity) AS items, SUM(quantity * price) AS revenue,
         window(sold_at, '1 hour') AS w
  FROM sales GROUP BY product, window(sold_at, '1 hour');
