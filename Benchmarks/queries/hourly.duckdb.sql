SELECT product_id, time_bucket(INTERVAL '1 hour', event_time) AS start,
       SUM(sales_amount)::BIGINT AS total, COUNT(*) AS sales, AVG(sales_amount) AS average
FROM $sales GROUP BY ALL
