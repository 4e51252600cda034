package api

import (
	"net/http"

	"waybill/shop"
)

// returnPhoto writes the picture of a request anew: nothing that came with it is kept but what it shows.
func (a *API) returnPhoto(sent []byte) ([]byte, error) {
	if len(sent) == 0 {
		return nil, nil
	}
	picture, err := a.ReadPicture(sent)
	if err != nil {
		return nil, asField("photo", err)
	}
	return picture.Data, nil
}

// SendReturn (POST /returns/{id}/sent) says that the units are on their way back.
func (a *API) SendReturn(r *http.Request, key shop.APIKey) (answer, error) {
	var body struct{ Carrier, TrackingNumber string }
	id, err := pathReturn(r)
	if err != nil {
		return answer{}, err
	}
	err = readOptionalBody(r, func(b *bodyReader, name string) bool {
		switch name {
		case "carrier":
			body.Carrier = b.optionalText()
		case "trackingNumber":
			body.TrackingNumber = b.optionalText()
		default:
			return false
		}
		return true
	})
	if err != nil {
		return answer{}, err
	}
	command := shop.ReturnSentCommand{
		ReturnAct: shop.ReturnAct{ID: id, Scope: key.Scope(), Actor: key.Actor(), RequestID: requestID(r)}, Carrier: body.Carrier, TrackingNumber: body.TrackingNumber,
	}
	if command.Key, err = idempotencyKey(r, key, body); err != nil {
		return answer{}, err
	}
	found, err := a.Store.ReturnSent(r.Context(), command)
	return returnAnswer(found, itemFields(err, nil, map[string]string{"tracking": "trackingNumber"}))
}

// CancelReturn (POST /returns/{id}/cancel) calls a return off before anything has arrived.
func (a *API) CancelReturn(r *http.Request, key shop.APIKey) (answer, error) {
	return a.endReturn(r, key, a.Store.CancelReturn)
}

// CloseReturn (POST /returns/{id}/close) ends a return without paying more of it back.
func (a *API) CloseReturn(r *http.Request, key shop.APIKey) (answer, error) {
	return a.endReturn(r, key, a.Store.CloseReturn)
}

// ReturnLabel (GET /returns/{id}/label.pdf) is the label to send a return with.
func (a *API) ReturnLabel(r *http.Request, key shop.APIKey) (answer, error) {
	return returnFile(r, func(id shop.ReturnID) (*file, error) {
		pdf, err := a.Sheets.ReturnSheet(r.Context(), key.Scope(), id)
		return &file{PDF, "return-" + id.Number() + ".pdf", pdf}, err
	})
}

// ReturnPhoto (GET /returns/{id}/photo) is the picture that came with a return.
func (a *API) ReturnPhoto(r *http.Request, key shop.APIKey) (answer, error) {
	return returnFile(r, func(id shop.ReturnID) (*file, error) {
		photo, err := a.Store.ReturnPhoto(r.Context(), id, key.Scope())
		return &file{JPEG, "return-" + id.Number() + ".jpg", photo}, err
	})
}

func returnFile(r *http.Request, read func(shop.ReturnID) (*file, error)) (answer, error) {
	if err := queryOf(r).done(); err != nil {
		return answer{}, err
	}
	id, err := pathReturn(r)
	if err != nil {
		return answer{}, err
	}
	found, err := read(id)
	if err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusOK, file: found}, nil
}

// returnView is a return.
type returnView struct {
	ReturnID       shop.ReturnID       `json:"returnId"`
	ReturnNumber   string              `json:"returnNumber"`
	OrderID        shop.OrderID        `json:"orderId"`
	OrderNumber    string              `json:"orderNumber"`
	CustomerID     int64               `json:"customerId"`
	MerchantID     int64               `json:"merchantId"`
	Status         shop.ReturnStatus   `json:"status"`
	Note           *string             `json:"note"`
	Decision       *string             `json:"decision"`
	Carrier        *string             `json:"carrier"`
	TrackingNumber *string             `json:"trackingNumber"`
	RequestedAt    stamp               `json:"requestedAt"`
	StatusAt       stamp               `json:"statusAt"`
	HasPhoto       bool                `json:"hasPhoto"`
	Items          []returnItemView    `json:"items"`
	Receipts       []returnReceiptView `json:"receipts"`
}

type returnItemView struct {
	LineNo    int               `json:"lineNo"`
	Quantity  int64             `json:"quantity"`
	Approved  int64             `json:"approvedQuantity"`
	Received  int64             `json:"receivedQuantity"`
	Restocked int64             `json:"restockedQuantity"`
	Refunded  int64             `json:"refundedQuantity"`
	Reason    shop.ReturnReason `json:"reason"`
}

// returnReceiptView is units that arrived, and what became of them.
type returnReceiptView struct {
	LineNo     int                  `json:"lineNo"`
	Quantity   int64                `json:"quantity"`
	Condition  shop.ReturnCondition `json:"condition"`
	Restocked  bool                 `json:"restocked"`
	Location   *string              `json:"location"`
	ReceivedAt stamp                `json:"receivedAt"`
}

func viewReturn(r shop.Return) returnView {
	return returnView{
		ReturnID: r.ID, ReturnNumber: r.ID.Number(), OrderID: r.OrderID, OrderNumber: r.OrderID.Number(), CustomerID: r.CustomerID, MerchantID: r.MerchantID,
		Status: r.Status, Note: orNull(r.Note), Decision: orNull(r.Decision), Carrier: orNull(r.Carrier), TrackingNumber: orNull(r.TrackingNumber),
		RequestedAt: stampOf(r.RequestedAt), StatusAt: stampOf(r.StatusAt),
		Items: each(r.Lines, func(l shop.ReturnLine) returnItemView {
			return returnItemView{l.LineNo, l.Quantity, l.Approved, l.Received, l.Restocked, l.Refunded, l.Reason}
		}),
		HasPhoto: r.HasPhoto, Receipts: each(r.Receipts, func(c shop.ReturnReceipt) returnReceiptView {
			return returnReceiptView{c.LineNo, c.Quantity, c.Condition, c.Restocked, orNull(c.LocationName), stampOf(c.At)}
		}),
	}
}
