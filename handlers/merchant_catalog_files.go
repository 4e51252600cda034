package handlers

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"waybill/shop"
	"waybill/views"
	"waybill/views/ui"
	"waybill/views/urls"
)

// catalogWait is how long a person waits for a small file at most; what is left then is read in the background.
const catalogWait = 30 * time.Second

// MerchantCatalogFiles is where catalog files come in and go out.
func (h *Handlers) MerchantCatalogFiles(w http.ResponseWriter, r *http.Request) error {
	return h.catalogFilesPage(w, r, http.StatusOK, nil)
}

func (h *Handlers) catalogFilesPage(w http.ResponseWriter, r *http.Request, status int, errs []shop.FieldError) error {
	files, err := h.Store.CatalogFiles(r.Context(), viewerOf(r.Context()).MerchantID)
	if err != nil {
		return err
	}
	page := h.page(r, "Import and export")
	page.Nav, page.Errors, page.Breadcrumbs, page.Path = urls.MerchantProducts(), errs, productCrumbs(), urls.MerchantCatalogFiles()
	h.render(w, r, status, views.CatalogFiles(page, views.CatalogFilesModel{Files: files, Key: rand.Text(), Now: h.Store.Now()}))
	return nil
}

// MerchantCatalogUpload takes a catalog file and finds out what it would change.
func (h *Handlers) MerchantCatalogUpload(w http.ResponseWriter, r *http.Request) error {
	data, err := uploaded(r, "file", shop.MaxCatalogFile)
	if err != nil {
		return err
	}
	name := ""
	if _, head, err := r.FormFile("file"); err == nil {
		name = fileName(head.Filename)
	}
	file, err := shop.ReadCatalogFile(name, data)
	if shop.CodeOf(err) == shop.CodeInvalid {
		return h.catalogFilesPage(w, r, http.StatusUnprocessableEntity, fieldsOf(err))
	}
	if err != nil {
		return err
	}
	file.Editor = editor(r)
	file.Key, err = shop.NewIdempotencyKey(fmt.Sprintf("user:%d:catalog", viewerOf(r.Context()).ID), r.PostForm.Get("key"), []any{file.Name, data})
	if err != nil {
		return err
	}
	id, err := h.Store.AddCatalogFile(r.Context(), file)
	if err != nil {
		return err
	}
	if err := h.readSmallFile(r, id, file.Lines); err != nil {
		return err
	}
	return redirect(w, r, urls.MerchantCatalogFile(id))
}

// fileName is the last part of the name that a browser gives a file, as far as it is text.
func fileName(name string) string {
	name = path.Base(strings.ReplaceAll(strings.ToValidUTF8(strings.ReplaceAll(name, "\x00", ""), ""), `\`, "/"))
	return string([]rune(name)[:min(len([]rune(name)), shop.MaxCatalogFileName)])
}

// readSmallFile reads a file while the person waits, unless it is for the background. It goes on when the person leaves.
func (h *Handlers) readSmallFile(r *http.Request, id int64, lines int) error {
	if lines > shop.CatalogLinesAtOnce {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), catalogWait)
	defer cancel()
	_, err := shop.NewCatalogFiles(h.Store, h.Log).Read(ctx, id)
	return err
}

// catalogFileParam reads the file that an address names.
func (h *Handlers) catalogFileParam(r *http.Request) (shop.CatalogFile, error) {
	id, err := pathNumber(r, "file", "catalog file")
	if err != nil {
		return shop.CatalogFile{}, err
	}
	return h.Store.CatalogFile(r.Context(), viewerOf(r.Context()).MerchantID, id)
}

// MerchantCatalogFile is the report of a file, line by line.
func (h *Handlers) MerchantCatalogFile(w http.ResponseWriter, r *http.Request) error {
	return h.catalogFilePage(w, r, http.StatusOK, "")
}

func (h *Handlers) catalogFilePage(w http.ResponseWriter, r *http.Request, status int, problem string) error {
	file, err := h.catalogFileParam(r)
	if err != nil {
		return err
	}
	m := views.CatalogFileModel{File: file, Outcome: shop.CatalogOutcome(r.URL.Query().Get("outcome")), After: cursorOf(r, "after"), Problem: problem, Now: h.Store.Now()}
	if !slices.Contains(shop.CatalogOutcomes(), m.Outcome) {
		m.Outcome = ""
	}
	m.Lines, m.More, err = h.Store.CatalogReport(r.Context(), shop.CatalogReportQuery{
		MerchantID: file.MerchantID, FileID: file.ID, Outcome: m.Outcome, After: int(min(m.After, shop.MaxCatalogFile)), Limit: shop.MaxPageSize,
	})
	if err != nil {
		return err
	}
	if wantsFragment(r) {
		h.render(w, r, status, views.CatalogFileReport(m))
		return nil
	}
	page := h.page(r, file.Name)
	page.Nav, page.Path = urls.MerchantProducts(), urls.MerchantCatalogFile(file.ID)
	page.Breadcrumbs = append(productCrumbs(), ui.Crumb{Label: "Import and export", URL: urls.MerchantCatalogFiles()})
	h.render(w, r, status, views.CatalogFile(page, m))
	return nil
}

// MerchantCatalogApply does what the report of a file says. Sent twice it is done once.
func (h *Handlers) MerchantCatalogApply(w http.ResponseWriter, r *http.Request) error {
	file, err := h.catalogFileParam(r)
	if err != nil {
		return err
	}
	err = h.Store.ApplyCatalogFile(r.Context(), editor(r), file.ID)
	if shop.CodeOf(err) == shop.CodeConflict {
		return h.catalogFilePage(w, r, http.StatusConflict, messageOf(err))
	}
	if err != nil {
		return err
	}
	if err := h.readSmallFile(r, file.ID, file.Lines); err != nil {
		return err
	}
	return redirect(w, r, urls.MerchantCatalogFile(file.ID))
}

// MerchantCatalogRejects is a file of the refused lines with what is wrong with them, to be corrected and sent again.
func (h *Handlers) MerchantCatalogRejects(w http.ResponseWriter, r *http.Request) error {
	file, err := h.catalogFileParam(r)
	if err != nil {
		return err
	}
	q := shop.CatalogReportQuery{MerchantID: file.MerchantID, FileID: file.ID, Outcome: shop.CatalogRefused, Limit: shop.MaxPageSize}
	page, more, err := h.Store.CatalogReport(r.Context(), q)
	if err != nil {
		return err
	}
	h.csvHeaders(w, "refused-"+strconv.FormatInt(file.ID, 10))
	_, _ = io.WriteString(w, file.Heading+","+shop.ColumnProblem+"\r\n") // a reader who left is nobody's error
	for {
		for _, line := range page {
			// The record is kept as a line that is safe to open; what we add to it is made safe here.
			_, _ = io.WriteString(w, line.Record+",")
			out := newSafeCSV(w)
			out.write([]string{strings.Join(line.Notes, " ")})
			if err := out.flush(); err != nil {
				return nil //nolint:nilerr // the reader has left
			}
		}
		if !more {
			return nil
		}
		q.After = page[len(page)-1].Line
		if page, more, err = h.Store.CatalogReport(r.Context(), q); err != nil {
			h.breakOff(r, err)
		}
	}
}

// MerchantCatalogCSV exports the merchant's catalog, as it is read.
func (h *Handlers) MerchantCatalogCSV(w http.ResponseWriter, r *http.Request) error {
	merchant := viewerOf(r.Context()).MerchantID
	currencies, locations, err := h.Reports.CatalogExportHeading(r.Context(), merchant)
	if err != nil {
		return err
	}
	part, err := h.Reports.CatalogExportLines(r.Context(), merchant, 0, currencies, locations)
	if err != nil {
		return err
	}
	h.csvHeaders(w, "catalog")
	out := newSafeCSV(w)
	out.write(shop.CatalogHeading(currencies, locations))
	for {
		for _, line := range part.Lines {
			out.write(line)
		}
		if err := out.flush(); err != nil || part.After == 0 {
			return nil //nolint:nilerr // the reader has left; there is nobody to tell
		}
		if part, err = h.Reports.CatalogExportLines(r.Context(), merchant, part.After, currencies, locations); err != nil {
			h.breakOff(r, err)
		}
	}
}
