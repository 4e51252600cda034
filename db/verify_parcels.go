package db

// parcelInvariants are about parcels, the batches they are picked in and the shipments they travel in.
var parcelInvariants = []invariant{
	{
		name: "parcels_hold_no_more_than_was_ordered",
		says: "The parcels of an order hold no more of a line than was ordered, and no more was picked than they hold.",
		query: `
			SELECT format('order %s line %s', l.order_id, l.line_no), format('%s ordered, %s in parcels, %s picked', l.quantity, i.quantity, i.picked)
			FROM order_line_items l
			JOIN (SELECT fi.order_id, fi.line_no, sum(fi.quantity) AS quantity, sum(fi.picked) AS picked
			      FROM fulfillment_items fi JOIN fulfillments f ON f.order_id = fi.order_id AND f.no = fi.no
			      WHERE f.status <> 'cancelled' AND f.given_up_at IS NULL GROUP BY fi.order_id, fi.line_no) i ON i.order_id = l.order_id AND i.line_no = l.line_no
			WHERE i.quantity > l.quantity OR i.picked > i.quantity`,
	},
	{
		name: "parcels_agree_with_their_order",
		says: "A shipped order has no parcel left to send, a delivered one none on the way, an ended one none being packed.",
		query: `
			SELECT format('order %s', o.id), format('is %s, but parcel %s is %s', o.status, f.no, f.status)
			FROM fulfillments f JOIN orders o ON o.id = f.order_id
			WHERE (o.status = 'shipped' AND f.status NOT IN ('shipped', 'delivered', 'cancelled') AND f.replaces_no IS NULL)
			   OR (o.status = 'delivered' AND f.status NOT IN ('delivered', 'cancelled') AND f.given_up_at IS NULL)
			   OR (o.status = 'cancelled' AND f.status NOT IN ('cancelled'))
			   OR (o.status = 'refunded' AND f.status IN ('open', 'picking', 'picked', 'packed'))
			   OR (o.status = 'pending')`,
	},
	{
		name: "batches_count_their_parcels",
		says: "A batch of parcels counts those that it began with and those that are still being picked, and ends with the last.",
		query: `
			SELECT format('batch %s', b.id), format('says %s parcels and %s open, has %s and %s; ended %s', b.parcels, b.open_parcels, coalesce(m.parcels, 0), coalesce(m.open, 0), coalesce(b.ended_at::text, 'not yet'))
			FROM pick_batches b
			LEFT JOIN (SELECT batch_id, count(*) AS parcels, count(*) FILTER (WHERE left_at IS NULL) AS open FROM pick_batch_parcels GROUP BY batch_id) m ON m.batch_id = b.id
			WHERE (b.parcels, b.open_parcels) IS DISTINCT FROM (coalesce(m.parcels, 0), coalesce(m.open, 0)) OR (b.ended_at IS NULL) <> (b.open_parcels > 0)`,
	},
	{
		name: "batched_parcels_are_with_their_picker",
		says: "Every parcel that is being picked in a batch is held by the picker of the batch, and is in no other.",
		query: `
			SELECT format('parcel %s of order %s', m.no, m.order_id), format('is in %s batches, the last is %s; it is %s and held by user %s',
			       count(*), max(m.batch_id), coalesce(min(f.status), 'missing'), coalesce(min(f.assigned_user_id)::text, 'nobody'))
			FROM pick_batch_parcels m JOIN pick_batches b ON b.id = m.batch_id
			LEFT JOIN fulfillments f ON f.order_id = m.order_id AND f.no = m.no
			WHERE m.left_at IS NULL
			GROUP BY m.order_id, m.no
			HAVING count(*) > 1 OR bool_or(f.status IS DISTINCT FROM 'picking' OR f.assigned_user_id IS DISTINCT FROM b.picker_id)`,
	},
	{
		name: "verified_units_were_picked",
		says: "At the packing table no more units of a parcel were verified than were picked for it.",
		query: `
			SELECT format('line %s of parcel %s of order %s', line_no, no, order_id), format('%s picked, %s verified', picked, verified)
			FROM fulfillment_items WHERE verified NOT BETWEEN 0 AND picked`,
	},
	{
		name: "parcel_units_equal_items",
		says: "The units of a parcel are those of its items.",
		query: `
			SELECT format('order %s parcel %s', f.order_id, f.no), format('says %s units, its items %s', f.units, coalesce(i.units, 0))
			FROM fulfillments f
			LEFT JOIN (SELECT order_id, no, sum(quantity) AS units FROM fulfillment_items GROUP BY order_id, no) i ON i.order_id = f.order_id AND i.no = f.no
			WHERE f.units <> coalesce(i.units, 0)`,
	},
	{
		name: "parcels_hold_no_more_than_is_reserved",
		says: "The parcels of an order that have not left hold no more of a line at a location than is reserved there.",
		query: `
			SELECT format('order %s line %s', p.order_id, p.line_no), format('%s units in parcels at location %s, %s reserved', p.units, p.location_id, coalesce(r.quantity, 0))
			FROM (SELECT f.order_id, i.line_no, f.location_id, sum(i.quantity) AS units
			      FROM fulfillments f JOIN fulfillment_items i ON i.order_id = f.order_id AND i.no = f.no
			      WHERE f.status IN ('open', 'picking', 'picked', 'packed') AND f.location_id IS NOT NULL
			      GROUP BY f.order_id, i.line_no, f.location_id) p
			LEFT JOIN (SELECT order_id, line_no, location_id, sum(quantity) AS quantity FROM reservations WHERE status = 'held' GROUP BY order_id, line_no, location_id) r
			     ON r.order_id = p.order_id AND r.line_no = p.line_no AND r.location_id = p.location_id
			WHERE p.units > coalesce(r.quantity, 0)`,
	},
	{
		name: "shipments_have_their_parcels",
		says: "A parcel's shipment exists, is its merchant's and knows the months of its orders; a shipment under way is not empty.",
		query: `
			SELECT format('order %s parcel %s', f.order_id, f.no), format('is in shipment %s, which is %s', f.shipment_id, coalesce(s.status, 'not there'))
			FROM fulfillments f LEFT JOIN shipments s ON s.id = f.shipment_id
			WHERE f.shipment_id IS NOT NULL
			  AND (s.id IS NULL OR s.merchant_id <> f.merchant_id OR f.order_id NOT BETWEEN s.order_id_from AND s.order_id_until OR s.status IN ('voided', 'failed'))
			UNION ALL
			SELECT format('shipment %s', s.id), format('is %s and holds nothing', s.status)
			FROM shipments s WHERE s.status IN ('ready', 'in_transit', 'delivered', 'returned', 'lost') AND NOT EXISTS (SELECT 1 FROM fulfillments f WHERE f.shipment_id = s.id)`,
	},
	{
		name: "parcels_agree_with_their_shipment",
		says: "Parcels are packed until their shipment is handed over, shipped from then on, and delivered with it.",
		query: `
			SELECT format('order %s parcel %s', f.order_id, f.no), format('is %s in a shipment that is %s', f.status, s.status)
			FROM fulfillments f JOIN shipments s ON s.id = f.shipment_id
			WHERE (s.status IN ('buying', 'ready', 'voiding') AND f.status <> 'packed')
			   OR (s.status IN ('in_transit', 'returned', 'lost') AND f.status NOT IN ('shipped', 'delivered'))
			   OR (s.status = 'delivered' AND f.status <> 'delivered')`,
	},
	{
		name: "replacements_replace_what_was_lost",
		says: "A parcel that replaces another has a lost one of its order that was given up, and all that replace it hold no more of a line than it did.",
		query: `
			SELECT format('order %s parcel %s line %s', r.order_id, r.replaces_no, r.line_no), format('%s units were lost, %s replace them', coalesce(l.quantity, 0), r.quantity)
			FROM (SELECT f.order_id, f.replaces_no, i.line_no, sum(i.quantity) AS quantity
			      FROM fulfillments f JOIN fulfillment_items i ON i.order_id = f.order_id AND i.no = f.no
			      WHERE f.replaces_no IS NOT NULL AND f.status <> 'cancelled' GROUP BY f.order_id, f.replaces_no, i.line_no) r
			LEFT JOIN (SELECT f.order_id, f.no, i.line_no, i.quantity FROM fulfillments f JOIN fulfillment_items i ON i.order_id = f.order_id AND i.no = f.no
			           WHERE f.given_up_at IS NOT NULL) l ON l.order_id = r.order_id AND l.no = r.replaces_no AND l.line_no = r.line_no
			WHERE r.quantity > coalesce(l.quantity, 0)`,
	},
	{
		name: "claims_are_for_shipments",
		says: "A claim is for a shipment of its merchant that a carrier has, in the shipment's currency.",
		query: `
			SELECT format('claim %s', c.id), format('of merchant %s is for shipment %s, which is %s', c.merchant_id, c.shipment_id, coalesce(s.status, 'not there'))
			FROM carrier_claims c LEFT JOIN shipments s ON s.id = c.shipment_id
			WHERE s.merchant_id IS DISTINCT FROM c.merchant_id OR s.currency IS DISTINCT FROM c.currency OR s.handed_over_at IS NULL`,
	},
	{
		name: "orders_are_sent_by_their_merchant",
		says: "The service of an order is one of its merchant's, and its parcels in the queue have the same.",
		query: `
			SELECT format('order %s', o.id), format('of merchant %s is sent with service %s', o.merchant_id, o.ship_service_id)
			FROM orders o LEFT JOIN ship_services s ON s.id = o.ship_service_id
			WHERE o.ship_service_id IS NOT NULL AND s.merchant_id IS DISTINCT FROM o.merchant_id
			UNION ALL
			SELECT format('order %s parcel %s', f.order_id, f.no), format('has service %s, its order %s', f.ship_service_id, o.ship_service_id)
			FROM fulfillments f JOIN orders o ON o.id = f.order_id
			WHERE f.status IN ('open', 'picking', 'picked', 'packed') AND f.country IS NOT NULL AND f.ship_service_id IS DISTINCT FROM o.ship_service_id`,
	},
	{
		name: "ship_terms_have_a_history",
		says: "What a merchant's services are called and promise is the last row of their history, which begins before every order.",
		query: `
			SELECT format('service %s of merchant %s', now.service_id, now.merchant_id), format('is %s, its history ends with %s', now.terms, coalesce(last.terms, 'nothing'))
			FROM (SELECT id AS merchant_id, 0::bigint AS service_id, concat_ws(' ', '', cutoff_minute, handling_days, working_days) AS terms FROM merchants
			      UNION ALL
			      SELECT merchant_id, id, concat_ws(' ', name, cutoff_minute, handling_days, working_days) FROM ship_services) now
			LEFT JOIN LATERAL (SELECT concat_ws(' ', h.name, h.cutoff_minute, h.handling_days, h.working_days) AS terms FROM ship_terms_history h
			                   WHERE h.merchant_id = now.merchant_id AND h.service_id = now.service_id ORDER BY h.valid_from DESC LIMIT 1) last ON true
			WHERE last.terms IS DISTINCT FROM now.terms
			   OR NOT EXISTS (SELECT 1 FROM ship_terms_history h WHERE h.merchant_id = now.merchant_id AND h.service_id = now.service_id AND h.valid_from = '-infinity')`,
	},
}
