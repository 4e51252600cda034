package urls

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

// MerchantPromiseHolidays (POST) adds or removes a day off.
func MerchantPromiseHolidays() string { return "/merchant/settings/promise/holidays" }
