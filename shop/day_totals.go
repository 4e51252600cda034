package shop

import "time"

// ByMonth adds the totals of days up to months, keeping their order. Day is the first of the month.
func ByMonth(days []DayTotal) []DayTotal {
	type key struct {
		month    time.Time
		currency Currency
	}
	at := map[key]int{}
	var months []DayTotal
	for _, d := range days {
		k := key{MonthStart(d.Day), d.Currency}
		i, known := at[k]
		if !known {
			i = len(months)
			at[k] = i
			months = append(months, DayTotal{Day: k.month, Currency: k.currency})
		}
		months[i] = months[i].add(d)
	}
	return months
}

// FillDays returns one total per day of the period in one currency, also for days on which nothing happened.
func FillDays(days []DayTotal, period Period, currency Currency) []DayTotal {
	byDay := map[time.Time]DayTotal{}
	for _, d := range days {
		if d.Currency == currency {
			byDay[d.Day] = d
		}
	}
	var filled []DayTotal
	for day := period.From; day.Before(period.Until); day = day.AddDate(0, 0, 1) {
		d := byDay[day]
		d.Day, d.Currency = day, currency
		filled = append(filled, d)
	}
	return filled
}
