package handlers

import (
	"net/http"

	"waybill/shop"
	"waybill/views"
)

// MerchantClaimsRenew is the heartbeat of a page on which somebody picks. It prolongs their claims, and answers with what
// became of the page's parcel if that is not theirs any more.
func (h *Handlers) MerchantClaimsRenew(w http.ResponseWriter, r *http.Request) error {
	viewer := viewerOf(r.Context())
	if err := h.Store.RenewClaims(r.Context(), viewer.MerchantID, viewer.ID); err != nil {
		return err
	}
	if field := r.PostForm.Get("parcel"); field != "" {
		work, err := parcelWork(r, field)
		if err != nil {
			return err
		}
		parcel, err := h.Store.FulfillmentOf(r.Context(), work.MerchantID, work.OrderID, work.No)
		if err != nil {
			return err
		}
		if parcel.Status != shop.FulfillmentPicking || parcel.AssignedUserID != viewer.ID {
			why := parcel.RefuseTo(viewer.ID, shop.FulfillmentPicked, h.Store.Now()).Message
			h.render(w, r, http.StatusOK, views.ClaimLost(work.OrderID.Number(), why, work.No))
			return nil
		}
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
