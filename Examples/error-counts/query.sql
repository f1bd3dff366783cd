-- How many errors each service has logged, kept up to date as the log file grows.
CREATE STREAM log (
  service STRING,
  level STRING,
  message STRING,
  event_time TIMESTAMP
) USING json OPTIONS (path 'data/app.log');

SELECT service, COUNT(*) AS errors, MAX(event_time) AS last_error
FROM log
WHERE level IN ('ERROR', 'FATAL')
GROUP BY service;
