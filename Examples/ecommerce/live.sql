-- A shop's sales as they are seen while they happen: each view is a chart and a table of the dashboard, and can be asked over
-- HTTP. BROKER is host:port.
CREATE STREAM sales (
  product STRING,
  quantity INT,
  price DECIMAL(8, 2),
  sold_at TIMESTAMP,
  WATERMARK FOR sold_at AS sold_at - INTERVAL '5 minutes'
) USING kafka OPTIONS ('kafka.bootstrap.servers' '${env:BROKER}', subscribe 'sales', startingOffsets 'earliest');

-- What was sold of each product in each hour.
CREATE MATERIALIZED VIEW hourly AS
  SELECT product, SUM(quantity * price) AS revenue, COUNT(*) AS sales, SUM(quantity) AS items,
         window(sold_at, '1 hour') AS hour
  FROM sales GROUP BY product, window(sold_at, '1 hour');

-- The pulse of the shop.
CREATE MATERIALIZED VIEW per_minute AS
  SELECT COUNT(*) AS sales, SUM(quantity * price) AS revenue, window(sold_at, '1 minute') AS minute
  FROM sales GROUP BY window(sold_at, '1 minute');

-- The five best products of each half hour.
CREATE MATERIALIZED VIEW best OPTIONS (retain '1 day') AS
  SELECT product, SUM(quantity * price) AS revenue, window(sold_at, '30 minutes') AS half_hour
  FROM sales GROUP BY product, window(sold_at, '30 minutes')
  QUALIFY ROW_NUMBER() OVER (PARTITION BY half_hour ORDER BY revenue DESC, product) <= 5;

-- One number: all that was ever sold.
CREATE MATERIALIZED VIEW total AS
  SELECT SUM(quantity * price) AS revenue, COUNT(*) AS sales FROM sales;
