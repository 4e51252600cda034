package urls

import "strconv"

// MerchantQueue is the live pick-pack-ship queue.
func MerchantQueue() string { return "/merchant/queue" }

// MerchantQueueStream is the event stream behind the queue.
func MerchantQueueStream() string { return "/merchant/queue/stream" }

// MerchantQueueNext (POST) takes the parcel with the nearest promise.
func MerchantQueueNext() string { return "/merchant/queue/next" }

// MerchantOrder shows one order to the merchant who ships it.
func MerchantOrder(number string) string { return path("/merchant/orders", number) }

// MerchantClaim (POST) takes an order for picking.
func MerchantClaim(number string) string { return path("/merchant/orders", number, "claim") }

// MerchantRelease (POST) gives a claimed order back to the queue.
func MerchantRelease(number string) string { return path("/merchant/orders", number, "release") }

// MerchantParcelCancel (POST) gives a parcel up, and has its units picked again.
func MerchantParcelCancel(number string) string {
	return path("/merchant/orders", number, "cancel-parcel")
}

// MerchantPick (GET) shows what to pick of a parcel, (POST) records picked lines. Parcel 1 needs no mention.
func MerchantPick(number string, parcel int) string {
	return ofParcel(path("/merchant/pick", number), parcel)
}

// MerchantPack (GET) shows what to pack and ship, (POST) closes the parcel.
func MerchantPack(number string, parcel int) string {
	return ofParcel(path("/merchant/pack", number), parcel)
}

// MerchantShort (GET) asks what of a line is missing or damaged, (POST) takes it out of the parcel. Without a line the page
// asks which.
func MerchantShort(number string, parcel, line int) string {
	query := Query{}
	if parcel > 1 {
		query = append(query, Param{"parcel", strconv.Itoa(parcel)})
	}
	if line > 0 {
		query = append(query, Param{"line", strconv.Itoa(line)})
	}
	return With(path("/merchant/pick", number, "short"), query)
}

func ofParcel(address string, parcel int) string {
	if parcel <= 1 {
		return address
	}
	return With(address, Query{{"parcel", strconv.Itoa(parcel)}})
}

// MerchantShip (POST) hands the parcel to a carrier.
func MerchantShip(number string) string { return path("/merchant/orders", number, "ship") }

// MerchantDeliver (POST) records the delivery.
func MerchantDeliver(number string) string { return path("/merchant/orders", number, "deliver") }

// MerchantCancel (POST) cancels an order that cannot be shipped.
func MerchantCancel(number string) string { return path("/merchant/orders", number, "cancel") }

// MerchantRefund (GET) shows what of an order can be refunded, (POST) works it out or refunds it.
func MerchantRefund(number string) string { return path("/merchant/orders", number, "refund") }

// MerchantInventory lists stock per SKU and location.
func MerchantInventory() string { return "/merchant/inventory" }

// MerchantLocations (GET) lists the places where the merchant's stock lies, (POST) adds one.
func MerchantLocations() string { return "/merchant/locations" }

// MerchantLocation (GET, POST) changes one of them.
func MerchantLocation(locationID int64) string { return path("/merchant/locations", id(locationID)) }

// MerchantInventoryChanges is what moved in the stock of an open page, as fragments for it.
func MerchantInventoryChanges() string { return "/merchant/inventory/changes" }

// MerchantInventorySKU shows one SKU's stock and its ledger.
func MerchantInventorySKU(skuID int64) string { return path("/merchant/inventory", id(skuID)) }

// MerchantInventoryWork (GET) shows the forms for work on a SKU's stock, (POST) does one piece of it.
func MerchantInventoryWork(skuID int64) string { return path("/merchant/inventory", id(skuID), "work") }

// MerchantLowStock lists what fell to its reorder point.
func MerchantLowStock() string { return "/merchant/low-stock" }

// MerchantLowStockStream keeps that list up to date.
func MerchantLowStockStream() string { return "/merchant/low-stock/stream" }

// MerchantLowStockCountStream keeps up to date how long it is.
func MerchantLowStockCountStream() string {
	return With(MerchantLowStockStream(), Query{{"count", "1"}})
}

// MerchantCounts (GET) lists count sheets, (POST) opens one.
func MerchantCounts() string { return "/merchant/counts" }

// MerchantCount shows a count sheet.
func MerchantCount(count int64) string { return path("/merchant/counts", id(count)) }

// MerchantCountEnter (POST) writes down what was counted.
func MerchantCountEnter(count int64) string { return path("/merchant/counts", id(count), "enter") }

// MerchantCountApprove (POST) books the differences of a sheet.
func MerchantCountApprove(count int64) string { return path("/merchant/counts", id(count), "approve") }

// MerchantCountDiscard (POST) closes a sheet without booking anything.
func MerchantCountDiscard(count int64) string { return path("/merchant/counts", id(count), "discard") }

// MerchantInventoryAdjust (POST) books a count, a loss or a receipt.
func MerchantInventoryAdjust(skuID int64) string {
	return path("/merchant/inventory", id(skuID), "adjustments")
}

// Finance is the overview of money per day and currency.
func Finance() string { return "/finance" }

// FinancePayments lists payments.
func FinancePayments() string { return "/finance/payments" }

// FinancePaymentsCSV exports what FinancePayments lists, with the same query.
func FinancePaymentsCSV() string { return "/finance/payments.csv" }

// FinancePayment shows one payment attempt.
func FinancePayment(paymentID int64) string { return path("/finance/payments", id(paymentID)) }

// FinanceReconciliation sets our record beside the provider's.
func FinanceReconciliation() string { return "/finance/reconciliation" }

// FinanceReconciliationRun shows what one comparison found.
func FinanceReconciliationRun(runID int64) string {
	return path("/finance/reconciliation", id(runID))
}

// FinanceExceptions lists what does not match.
func FinanceExceptions() string { return "/finance/exceptions" }

// FinanceException shows one difference.
func FinanceException(exceptionID int64) string {
	return path("/finance/exceptions", id(exceptionID))
}

// FinanceExceptionOwn (POST) makes the signed-in person responsible for one difference.
func FinanceExceptionOwn(exceptionID int64) string {
	return path("/finance/exceptions", id(exceptionID), "own")
}

// FinanceExceptionResolve (POST) closes one difference with a reason.
func FinanceExceptionResolve(exceptionID int64) string {
	return path("/finance/exceptions", id(exceptionID), "resolve")
}

// FinanceReport is one named report, such as "daily".
func FinanceReport(name string) string { return path("/finance/reports", name) }

// Support finds orders and customers; with an empty q it is the address that
// the search form submits to.
func Support(q string) string { return With("/support", Query{{"q", q}}) }

// SupportOrder shows one order's whole record.
func SupportOrder(number string) string { return path("/support/orders", number) }

// SupportOrderCancel (POST) cancels an order for its customer.
func SupportOrderCancel(number string) string { return path("/support/orders", number, "cancel") }

// SupportNote (POST) adds a note to an order's timeline.
func SupportNote(number string) string { return path("/support/orders", number, "notes") }

// SupportStuck lists orders that have not moved on for long.
func SupportStuck() string { return "/support/stuck" }

// SupportDeliveries is what is wrong with parcels on their way.
func SupportDeliveries() string { return "/support/deliveries" }

// SupportDeliveriesStream keeps that list up to date.
func SupportDeliveriesStream() string { return "/support/deliveries/stream" }

// SupportCustomer shows one customer and the orders.
func SupportCustomer(customerID int64) string { return path("/support/customers", id(customerID)) }

// Admin is the operator's overview.
func Admin() string { return "/admin" }

// AdminMerchants (GET) lists the merchants, (POST) opens one.
func AdminMerchants() string { return "/admin/merchants" }

// AdminUsers (GET) lists people and roles, (POST) adds one.
func AdminUsers() string { return "/admin/users" }

// AdminUser shows one person.
func AdminUser(userID int64) string { return path("/admin/users", id(userID)) }

// AdminUserDisable (POST) keeps one person out, and ends what sessions there are.
func AdminUserDisable(userID int64) string { return path("/admin/users", id(userID), "disable") }

// AdminUserEnable (POST) lets one person in again.
func AdminUserEnable(userID int64) string { return path("/admin/users", id(userID), "enable") }

// AdminUserSignOut (POST) ends all sessions of one person.
func AdminUserSignOut(userID int64) string { return path("/admin/users", id(userID), "sign-out") }

// AdminUserPassword (POST) sets the password of one person.
func AdminUserPassword(userID int64) string { return path("/admin/users", id(userID), "password") }

// AdminRoles says which role may do what.
func AdminRoles() string { return "/admin/roles" }

// AdminVerify runs every invariant and shows the result.
func AdminVerify() string { return "/admin/verify" }

// AdminAPIKeys (GET) lists keys, (POST) makes one.
func AdminAPIKeys() string { return "/admin/api-keys" }

// AdminAPIKeyRevoke (POST) ends one key.
func AdminAPIKeyRevoke(keyID int64) string { return path("/admin/api-keys", id(keyID), "revoke") }

// AdminAudit is the audit log.
func AdminAudit() string { return "/admin/audit" }

// AdminGallery shows every component of the interface.
func AdminGallery() string { return "/admin/gallery" }

// APIDocs is the reference of the JSON API.
func APIDocs() string { return "/api/docs" }

// MerchantRefundRetry (POST) tries again what was declined of a refund of units.
func MerchantRefundRetry(number string, refundID int64) string {
	return path("/merchant/orders", number, "refunds", id(refundID), "retry")
}

// SupportRefundRetry is MerchantRefundRetry for the support.
func SupportRefundRetry(number string, refundID int64) string {
	return path("/support/orders", number, "refunds", id(refundID), "retry")
}

// SupportRefund (GET) shows what of an order can be refunded, (POST) works it out or refunds it.
func SupportRefund(number string) string { return path("/support/orders", number, "refund") }

// MerchantScan (POST) takes one scan of the queue, a pick list or the packing table.
func MerchantScan() string { return "/merchant/scan" }

// MerchantScans (GET) shows how scanning goes, (POST) sets whether units are to be scanned.
func MerchantScans() string { return "/merchant/scans" }

// MerchantPickPrint is the pick list of a parcel on paper.
func MerchantPickPrint(number string, parcel int) string {
	return ofParcel(path("/merchant/pick", number, "print"), parcel)
}

// MerchantBatches (GET) builds batches and lists them, (POST) starts one.
func MerchantBatches() string { return "/merchant/pick/batches" }

// MerchantBatch (GET) shows what to pick in a batch, (POST) records what was picked by hand.
func MerchantBatch(batchID int64) string { return path("/merchant/pick/batches", id(batchID)) }

// MerchantBatchEnd (POST) gives what is not picked of a batch back to the queue.
func MerchantBatchEnd(batchID int64) string {
	return path("/merchant/pick/batches", id(batchID), "end")
}

// MerchantBatchPrint is the pick list of a batch on paper.
func MerchantBatchPrint(batchID int64) string {
	return path("/merchant/pick/batches", id(batchID), "print")
}

// MerchantLabel (POST) makes the label of a box.
func MerchantLabel(number string) string { return path("/merchant/orders", number, "label") }

// MerchantLabelPDF is the address label of a parcel, printed in a size: "4x6" or "a6".
func MerchantLabelPDF(number string, parcel int, size string) string {
	return With(path("/merchant/orders", number, strconv.Itoa(parcel), "label.pdf"), Query{{"size", size}})
}

// MerchantSlipPDF is the packing slip of a parcel; an empty paper is that of the country it goes to.
func MerchantSlipPDF(number string, parcel int, paper string) string {
	return With(path("/merchant/orders", number, strconv.Itoa(parcel), "slip.pdf"), Query{{"paper", paper}})
}

// MerchantProblemsStream keeps the list of what is wrong with shipments up to date; filter is one of shop.ShipmentFilters.
func MerchantProblemsStream(filter string) string {
	return With("/merchant/shipments/stream", Query{{"show", filter}})
}

// MerchantShipments lists what leaves the house; filter is one of shop.ShipmentFilters.
func MerchantShipments(filter string) string {
	return With("/merchant/shipments", Query{{"show", filter}})
}

// MerchantShipment shows one shipment.
func MerchantShipment(shipmentID int64) string { return path("/merchant/shipments", id(shipmentID)) }

// MerchantShipmentVoid (POST) takes a label back.
func MerchantShipmentVoid(shipmentID int64) string {
	return path("/merchant/shipments", id(shipmentID), "void")
}

// MerchantShipmentUndo (POST) takes the hand-over of a shipment back.
func MerchantShipmentUndo(shipmentID int64) string {
	return path("/merchant/shipments", id(shipmentID), "undo")
}

// MerchantManifestUndo (POST) takes everything of a hand-over back.
func MerchantManifestUndo(manifestID int64) string {
	return path("/merchant/manifests", id(manifestID), "undo")
}

// MerchantUnpack (POST) opens a packed parcel of an order again.
func MerchantUnpack(number string) string { return path("/merchant/orders", number, "unpack") }

// MerchantShipmentResolve (POST) answers what is wrong with a shipment.
func MerchantShipmentResolve(shipmentID int64) string {
	return path("/merchant/shipments", id(shipmentID), "resolve")
}

// MerchantHandOver (POST) gives ticked shipments to their carriers.
func MerchantHandOver() string { return "/merchant/shipments/handover" }

// MerchantLabelsPDF prints the labels of ticked shipments.
func MerchantLabelsPDF() string { return "/merchant/shipments/labels.pdf" }

// MerchantSlipsPDF prints the packing slips of ticked shipments.
func MerchantSlipsPDF() string { return "/merchant/shipments/slips.pdf" }

// MerchantManifestPDF prints what a carrier took along.
func MerchantManifestPDF(manifestID int64) string {
	return path("/merchant/manifests", id(manifestID), "manifest.pdf")
}

// MerchantBoxes (GET) lists the merchant's boxes, (POST) adds one.
func MerchantBoxes() string { return "/merchant/boxes" }

// MerchantBox (GET, POST) changes a box.
func MerchantBox(boxID int64) string { return path("/merchant/boxes", id(boxID)) }

// MerchantBoxRetire (POST) takes a box out of use.
func MerchantBoxRetire(boxID int64) string { return path("/merchant/boxes", id(boxID), "retire") }

// CarrierWebhook (POST) is where a connected carrier tells about parcels.
func CarrierWebhook(carrier string) string { return path("/webhooks/carriers", carrier) }

// MerchantShipmentReship (POST) sends again what was in a lost shipment.
func MerchantShipmentReship(shipmentID int64) string {
	return path("/merchant/shipments", id(shipmentID), "reship")
}

// MerchantShipmentClaim (POST) claims an amount from the carrier of a shipment.
func MerchantShipmentClaim(shipmentID int64) string {
	return path("/merchant/shipments", id(shipmentID), "claim")
}

// MerchantCarrierClaims lists what a merchant claimed from carriers; status is one of shop.ClaimStatuses.
func MerchantCarrierClaims(status string) string {
	return With("/merchant/claims", Query{{"show", status}})
}

// MerchantCarrierClaim (GET) shows one claim, (POST) records what the carrier decided.
func MerchantCarrierClaim(claimID int64) string { return path("/merchant/claims", id(claimID)) }

// MerchantRefundParcel is MerchantRefund with the units of one parcel filled in.
func MerchantRefundParcel(number string, no int) string {
	return With(MerchantRefund(number), Query{{"parcel", strconv.Itoa(no)}})
}

// MerchantSender (GET) shows the address that a merchant sends from, (POST) changes it.
func MerchantSender() string { return "/merchant/sender" }
