-- The sessions of each user: clicks that follow each other within thirty minutes.
CREATE STREAM clicks (
  user_id STRING,
  page STRING,
  event_time TIMESTAMP,
  WATERMARK FOR event_time AS event_time - INTERVAL '10 minutes'
) USING json OPTIONS (path 'data');

SELECT user_id,
       session_window(event_time, '30 minutes') AS session,
       COUNT(*) AS clicks,
       COUNT(DISTINCT page) AS pages
FROM clicks
GROUP BY user_id, session_window(event_time, '30 minutes');
