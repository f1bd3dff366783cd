-- Logins, and how many of them failed, in each window of five minutes.
CREATE STREAM logins (
  user_id STRING,
  success BOOLEAN,
  event_time TIMESTAMP,
  WATERMARK FOR event_time AS event_time - INTERVAL '2 minutes'
) USING csv OPTIONS (path 'data/*.csv', header 'true');

SELECT window(event_time, '5 minutes') AS five_minutes,
       COUNT(*) AS logins,
       COUNT(*) FILTER (WHERE NOT success) AS failed
FROM logins
GROUP BY window(event_time, '5 minutes');
