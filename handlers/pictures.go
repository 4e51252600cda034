package handlers

import (
	"errors"
	"io"
	"net/http"
	"strconv"

	"github.com/go-chi/chi/v5"

	"waybill/adapters/pictures"
	"waybill/shop"
	"waybill/views"
	"waybill/views/urls"
)

// Picture is a picture by the hash of its content, which never changes.
func (h *Handlers) Picture(w http.ResponseWriter, r *http.Request) error {
	return h.picture(w, r, false)
}

// SmallPicture is the same picture for lists.
func (h *Handlers) SmallPicture(w http.ResponseWriter, r *http.Request) error {
	return h.picture(w, r, true)
}

func (h *Handlers) picture(w http.ResponseWriter, r *http.Request, small bool) error {
	hash := chi.URLParam(r, "hash")
	tag := `"` + hash + `"`
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	mediaType, data, err := h.Store.Picture(r.Context(), hash, small)
	if err != nil {
		return err
	}
	header := w.Header()
	header.Set("Content-Type", mediaType)
	header.Set("Content-Length", strconv.Itoa(len(data)))
	header.Set("Cache-Control", "public, max-age=31536000, immutable")
	header.Set("ETag", tag)
	_, _ = w.Write(data) // a reader who left is nobody's error
	return nil
}

// MerchantProductPicture receives the picture of a product.
func (h *Handlers) MerchantProductPicture(w http.ResponseWriter, r *http.Request) error {
	product, err := h.productParam(r)
	if err != nil {
		return err
	}
	picture, err := h.uploadedPicture(r)
	if err == nil {
		err = h.Store.SetProductPicture(r.Context(), editor(r), product.ID, picture)
	}
	if shop.CodeOf(err) == shop.CodeInvalid {
		return h.productPage(w, r, http.StatusUnprocessableEntity, views.MerchantProductModel{Product: product, Form: views.FormOfProduct(product)}, fieldsOf(err))
	}
	if err != nil {
		return err
	}
	h.flash(r, "The picture is saved.")
	return redirect(w, r, urls.MerchantProduct(product.ID))
}

// uploadedPicture reads the file of the form.
func (h *Handlers) uploadedPicture(r *http.Request) (shop.Picture, error) {
	file, err := uploaded(r, "picture", shop.MaxPictureUpload)
	if err != nil {
		return shop.Picture{}, err
	}
	return h.ReadPicture(file)
}

// ReadPicture writes a picture anew. One is decoded at a time, because a picture in memory is many times its file.
func (h *Handlers) ReadPicture(file []byte) (shop.Picture, error) {
	h.decoding.Lock()
	defer h.decoding.Unlock()
	return pictures.Read(file)
}

// uploaded reads a file of the form, one byte beyond the limit at most. No file is an empty one.
func uploaded(r *http.Request, field string, limit int64) ([]byte, error) {
	file, _, err := r.FormFile(field)
	if errors.Is(err, http.ErrMissingFile) || errors.Is(err, http.ErrNotMultipart) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, limit+1))
}

// MerchantProductPictureRemove takes the picture of a product away.
func (h *Handlers) MerchantProductPictureRemove(w http.ResponseWriter, r *http.Request) error {
	id, err := pathNumber(r, "product", "product")
	if err != nil {
		return err
	}
	if err := h.Store.RemoveProductPicture(r.Context(), editor(r), id); err != nil {
		return err
	}
	h.flash(r, "The picture is removed.")
	return redirect(w, r, urls.MerchantProduct(id))
}
