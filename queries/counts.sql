-- What an operator counts now and then. It reads all users of a site.

-- name: CountUsers :one
SELECT count(*) AS total,
    count(*) FILTER (WHERE status = 0 AND NOT waiting) AS disabled,
    count(*) FILTER (WHERE waiting) AS waiting,
    count(*) FILTER (WHERE delete_at IS NOT NULL) AS leaving,
    count(*) FILTER (WHERE created_at >= @since::timestamptz) AS registered
FROM users WHERE site_id = @site_id;
