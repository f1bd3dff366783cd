-- How many different users were active in each minute.
CREATE STREAM clicks (
  user STRUCT<id: BIGINT, country: STRING>,
  page STRING,
  event_time TIMESTAMP,
  WATERMARK FOR event_time AS event_time - INTERVAL '30 seconds'
) USING json OPTIONS (path 'data/*.jsonl');

SELECT window(event_time, '1 minute') AS minute,
       COUNT(DISTINCT user.id) AS active_users,
       COUNT(*) AS clicks
FROM clicks
GROUP BY window(event_time, '1 minute');
