package api

import (
	"io"
	"mime"
	"net/http"
	"slices"

	"waybill/shop"
)

// pictureTypes are the files that a picture can come in.
var pictureTypes = []string{"image/jpeg", "image/png", "image/gif"}

// SetPicture (PUT /products/{id}/picture) receives the picture of a product as the body itself. The same again is the same.
func (a *API) SetPicture(r *http.Request, key shop.APIKey) (answer, error) {
	id, err := pathID(r, "id", "product")
	if err != nil {
		return answer{}, err
	}
	// Whoever may not change the product is told so before a large file is read and decoded.
	if _, err := a.Store.MerchantProduct(r.Context(), key.MerchantID, id); err != nil {
		return answer{}, err
	}
	picture, err := a.readPicture(r)
	if err != nil {
		return answer{}, err
	}
	if err := a.Store.SetProductPicture(r.Context(), editor(r, key), id, picture); err != nil {
		return answer{}, err
	}
	return a.productAnswer(r, key, id, "")
}

func (a *API) readPicture(r *http.Request) (shop.Picture, error) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || !slices.Contains(pictureTypes, kind) {
		return shop.Picture{}, &refusal{http.StatusUnsupportedMediaType, &shop.Error{
			Code: shop.CodeInvalid, Message: "Send the picture itself as the body, with Content-Type: image/jpeg, image/png or image/gif.",
		}}
	}
	file, err := io.ReadAll(r.Body)
	if err != nil {
		return shop.Picture{}, unreadable(err)
	}
	return a.ReadPicture(file)
}

// RemovePicture (DELETE /products/{id}/picture) shows the placeholder with a product again.
func (a *API) RemovePicture(r *http.Request, key shop.APIKey) (answer, error) {
	if err := queryOf(r).done(); err != nil {
		return answer{}, err
	}
	id, err := pathID(r, "id", "product")
	if err != nil {
		return answer{}, err
	}
	if err := a.Store.RemoveProductPicture(r.Context(), editor(r, key), id); err != nil {
		return answer{}, err
	}
	return a.productAnswer(r, key, id, "")
}

// pictureURL is where everybody finds a picture, relative to the server.
func pictureURL(hash string, of func(hash string) string) *string {
	if hash == "" {
		return nil
	}
	return pointer(of(hash))
}
