-- Each row once for every window that it falls into, as one writes it.
SELECT product_id, start, SUM(sales_amount)::BIGINT AS total
FROM (SELECT product_id, sales_amount,
             unnest([time_bucket(INTERVAL '5 minutes', event_time) - INTERVAL (5 * step) MINUTE for step in range(12)]) AS start
      FROM $sales)
GROUP BY ALL
