-- A shop's sales from Kafka: live hourly totals in SQLite, final ones in a topic. BROKER is host:port; shop.db is in the
-- directory where this runs.
CREATE STREAM sales (
  product STRING,
  quantity INT,
  price DECIMAL(8, 2),
  sold_at TIMESTAMP,
  WATERMARK FOR sold_at AS sold_at - INTERVAL '5 minutes'
) USING kafka OPTIONS (
  'kafka.bootstrap.servers' '${env:BROKER}', subscribe 'sales', startingOffsets 'earliest',
  late 'late_sales', rejected 'rejected_sales'
);

-- What a dashboard asks: the totals as they are now.
CREATE SINK hourly USING sqlite OPTIONS (path 'shop.db', table 'hourly');

INSERT INTO hourly WITH (mode 'update')
  SELECT product, COUNT(*) AS sales, SUM(quantity) AS items, SUM(quantity * price) AS revenue,
         window(sold_at, '1 hour') AS hour
  FROM sales GROUP BY product, window(sold_at, '1 hour');

-- What the accounts take: each hour once, when nothing can change any more.
CREATE SINK final USING kafka OPTIONS ('kafka.bootstrap.servers' '${env:BROKER}', topic 'hourly-sales');

INSERT INTO final WITH (mode 'append')
  SELECT product, COUNT(*) AS sales, SUM(quantity) AS items, SUM(quantity * price) AS revenue,
         window(sold_at, '1 hour') AS hour
  FROM sales GROUP BY product, window(sold_at, '1 hour');

-- What did not count, and why.
CREATE SINK late_sales USING sqlite OPTIONS (path 'shop.db', table 'late');
CREATE SINK rejected_sales USING sqlite OPTIONS (path 'shop.db', table 'rejected');
