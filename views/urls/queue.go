package urls

// MerchantDay is a merchant's first page: what waits now, and how the day goes.
func MerchantDay() string { return "/merchant" }

// MerchantDayStream is what changes on MerchantDay while it is open.
func MerchantDayStream() string { return "/merchant/stream" }

// MerchantWaiting lists what of the orders waits for stock.
func MerchantWaiting() string { return "/merchant/waiting" }

// MerchantWall is the queue for a screen on the wall.
func MerchantWall() string { return With(MerchantQueue(), Query{{"wall", "1"}}) }

// MerchantWallStream is what changes on MerchantWall while it is open.
func MerchantWallStream() string { return With(MerchantQueueStream(), Query{{"wall", "1"}}) }

// MerchantBatchesStream is what changes in the list of batches while it is open.
func MerchantBatchesStream() string { return "/merchant/pick/batches/stream" }

// MerchantBatchStream is what changes on the page of a batch while it is open.
func MerchantBatchStream(batchID int64) string {
	return path("/merchant/pick/batches", id(batchID), "stream")
}

// MerchantClaimsRenew (POST) prolongs the claims on what the viewer is picking.
func MerchantClaimsRenew() string { return "/merchant/queue/renew" }

// MerchantQueueBulk (POST) does something to the parcels that are ticked in the queue, after a preview where one is due.
func MerchantQueueBulk() string { return "/merchant/queue/bulk" }

// MerchantQueueRun is the record of something that was done to many parcels.
func MerchantQueueRun(runID int64) string { return path("/merchant/queue/runs", id(runID)) }

// MerchantQueuePrint shows what would be printed of the parcels that are ticked in the queue.
func MerchantQueuePrint() string { return "/merchant/queue/print" }

// MerchantQueuePDF prints slips and labels of parcels as one document.
func MerchantQueuePDF() string { return "/merchant/queue/print.pdf" }

// MerchantQueueDensity (POST) keeps how high the rows of the queue are.
func MerchantQueueDensity() string { return "/merchant/queue/density" }

// MerchantQueueViews (GET) lists the saved views and offers to save the list with this query, (POST) saves it.
func MerchantQueueViews(query string) string {
	return With("/merchant/queue/views", Query{{"list", query}})
}

// MerchantQueueView (POST) changes a saved view: renames, moves or deletes it.
func MerchantQueueView(viewID int64) string { return path("/merchant/queue/views", id(viewID)) }

// MerchantPromise (GET) shows by when a merchant promises to ship, with each service, and the days off.
func MerchantPromise() string { return "/merchant/settings/promise" }

// MerchantPromiseService (POST) changes a service; 0 is the standard.
func MerchantPromiseService(serviceID int64) string {
	return path("/merchant/settings/promise", id(serviceID))
}

// MerchantPromiseServices (POST) adds a service.
func MerchantPromiseServices() string { return "/merchant/settings/promise/services" }

// MerchantPromiseUndo (POST) sets how long things can be taken back.
func MerchantPromiseUndo() string { return "/merchant/settings/promise/undo" }

// MerchantPromiseHolidays (POST) adds or removes a day off.
func MerchantPromiseHolidays() string { return "/merchant/settings/promise/holidays" }
