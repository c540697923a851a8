UPDATE @table@ AS query SET leads_this_week = 0, leads_week = rowkit.credit_period('week', pg_catalog.now(), $1)
WHERE query.leads_week IS DISTINCT FROM rowkit.credit_period('week', pg_catalog.now(), $1)
