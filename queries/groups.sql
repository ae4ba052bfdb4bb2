-- name: Groups :many
SELECT * FROM groups
WHERE site_id = @site_id
ORDER BY level, id
LIMIT 1000;

-- name: GroupByID :one
SELECT * FROM groups
WHERE site_id = @site_id AND id = @id;
