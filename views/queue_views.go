package views

import (
	"strconv"

	"waybill/shop"
)

// of are the views that are everybody's, or those that are not.
func (m QueueViewsModel) of(shared bool) (views []shop.QueueView) {
	for _, v := range m.Views {
		if v.Shared == shared {
			views = append(views, v)
		}
	}
	return views
}

func viewFieldID(v shop.QueueView) string { return "f-view-" + strconv.FormatInt(v.ID, 10) }
