package demo

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
	_ "time/tzdata" // the demo's zones exist on machines without a zone database too

	"waybill/shop"
)

const customers = 300

// person is a customer: where they live, what they pay in, and what they like.
type person struct {
	ref       string
	name      string
	email     string
	since     time.Time
	addresses []shop.Address
	land      *land
	zone      *time.Location
	weight    int // how often they buy, beside others
}

func (p *person) actor() shop.ImportActor {
	return shop.ImportActor{Kind: shop.ActorCustomer, Name: p.name}
}

func (p *person) entry() shop.ImportCustomer {
	return shop.ImportCustomer{ExternalID: p.ref, Name: p.name, Email: p.email, Since: p.since, Addresses: p.addresses}
}

// land is a country with the people in it. Of taste, the numbers say how often its people buy from which merchant.
type land struct {
	country  string
	currency shop.Currency
	share    int // of all customers, in percent
	first    []string
	last     []string
	streets  []string // with %d for the number
	towns    []town
	taste    map[string]int
}

type town struct{ city, region, postal, zone string }

var lands = []*land{
	{
		country: "US", currency: "USD", share: 56,
		first:   strings.Fields("Olivia Liam Emma Mateo Ava Ethan Sofia Lucas Mia Elijah Zoe Caleb Naomi Owen Grace Isaac Layla Julian Ruby Wyatt Alma Theo Nina Marcus Iris Dana Felix June Omar Tess"),
		last:    strings.Fields("Johnson Rivera Nguyen Carter Brooks Patel Sullivan Flores Bennett Hughes Kim Foster Reyes Coleman Ortiz Walsh Harper Dixon Chavez Lowe Park Vargas Quinn Meyer Abbott Cruz Hale Boone Sharma Ellis"),
		streets: []string{"%d Maple Ave", "%d Oak St", "%d Alberta St", "%d Valencia St", "%d Bedford Ave", "%d Elm Dr", "%d Harvard Rd", "%d Congress Ave", "%d Larimer St", "%d Beacon St"},
		towns: []town{
			{"Portland", "OR", "97211", "America/Los_Angeles"}, {"Seattle", "WA", "98103", "America/Los_Angeles"}, {"San Francisco", "CA", "94110", "America/Los_Angeles"},
			{"Oakland", "CA", "94607", "America/Los_Angeles"}, {"Los Angeles", "CA", "90026", "America/Los_Angeles"}, {"Austin", "TX", "78704", "America/Chicago"},
			{"Chicago", "IL", "60622", "America/Chicago"}, {"Denver", "CO", "80205", "America/Denver"}, {"Brooklyn", "NY", "11211", "America/New_York"},
			{"Boston", "MA", "02118", "America/New_York"}, {"Eugene", "OR", "97401", "America/Los_Angeles"}, {"Spokane", "WA", "99201", "America/Los_Angeles"},
		},
		taste: map[string]int{alder: 52, prairie: 22, kumo: 10, thread: 9, hafen: 7},
	},
	{
		country: "DE", currency: "EUR", share: 18,
		first:   strings.Fields("Anna Paul Marie Jonas Lea Finn Clara Emil Hannah Moritz Ida Anton Frieda Jakob Greta Mats Elif Cem Johanna Henrik"),
		last:    strings.Fields("Schneider Fischer Weber Hoffmann Becker Wolf Krüger Lange Brandt Jansen Yılmaz Vogel Keller Busch Sommer Lorenz Albrecht Winter Arndt Thiel"),
		streets: []string{"Lindenstraße %d", "Hauptstraße %d", "Eppendorfer Weg %d", "Schillerstraße %d", "Am Markt %d", "Gartenweg %d", "Bergmannstraße %d"},
		towns: []town{
			{"Hamburg", "", "20253", "Europe/Berlin"}, {"Berlin", "", "10961", "Europe/Berlin"}, {"München", "", "80469", "Europe/Berlin"}, {"Köln", "", "50674", "Europe/Berlin"},
			{"Leipzig", "", "04107", "Europe/Berlin"}, {"Bremen", "", "28203", "Europe/Berlin"}, {"Freiburg", "", "79098", "Europe/Berlin"},
		},
		taste: map[string]int{hafen: 58, alder: 16, thread: 12, kumo: 9, prairie: 5},
	},
	{
		country: "GB", currency: "GBP", share: 13,
		first:   strings.Fields("Amelia Harry Isla Oscar Freya Arthur Poppy Leo Maisie Alfie Zara Rhys Eilidh Callum Nadia Hugo"),
		last:    strings.Fields("Smith Jones Taylor Davies Evans Khan Thomas Wright Walker Green Hall Begum MacLeod Reid Shaw Pryce"),
		streets: []string{"%d Church Road", "%d Victoria Street", "%d Mill Lane", "%d King's Parade", "%d Station Road", "%d Park View"},
		towns: []town{
			{"London", "", "E8 3RH", "Europe/London"}, {"Bristol", "", "BS6 5QA", "Europe/London"}, {"Manchester", "", "M4 1HQ", "Europe/London"},
			{"Edinburgh", "", "EH6 6QW", "Europe/London"}, {"Leeds", "", "LS6 1AN", "Europe/London"}, {"Cardiff", "", "CF10 1BH", "Europe/London"},
		},
		taste: map[string]int{thread: 56, hafen: 14, alder: 14, prairie: 9, kumo: 7},
	},
	{
		country: "JP", currency: "JPY", share: 8,
		first:   strings.Fields("Haruto Yui Sota Hina Ren Aoi Minato Sakura Itsuki Rin Kaito Mei"),
		last:    strings.Fields("Sato Suzuki Takahashi Ito Watanabe Yamamoto Nakamura Kobayashi Kato Yoshida Sasaki Mori"),
		streets: []string{"Jingumae 3-%d", "Kitahama 2-%d", "Sakae 4-%d", "Tenjin 1-%d", "Shimogyo-ku %d"},
		towns: []town{
			{"Tokyo", "Tokyo", "150-0001", "Asia/Tokyo"}, {"Osaka", "Osaka", "541-0041", "Asia/Tokyo"}, {"Nagoya", "Aichi", "460-0008", "Asia/Tokyo"},
			{"Fukuoka", "Fukuoka", "810-0001", "Asia/Tokyo"}, {"Kyoto", "Kyoto", "600-8216", "Asia/Tokyo"},
		},
		taste: map[string]int{kumo: 66, hafen: 12, alder: 10, thread: 8, prairie: 4},
	},
	{
		country: "FR", currency: "EUR", share: 5,
		first:   strings.Fields("Camille Louis Chloé Hugo Inès Jules Manon Nathan Léa Gabriel"),
		last:    strings.Fields("Martin Bernard Dubois Petit Moreau Laurent Garcia Roux Fontaine Lambert"),
		streets: []string{"%d rue des Lilas", "%d avenue Jean Jaurès", "%d rue du Bac", "%d quai de Saône"},
		towns:   []town{{"Paris", "", "75011", "Europe/Paris"}, {"Lyon", "", "69002", "Europe/Paris"}, {"Nantes", "", "44000", "Europe/Paris"}},
		taste:   map[string]int{hafen: 45, thread: 25, kumo: 15, alder: 10, prairie: 5},
	},
}

// settlePeople makes the customers. The first is the one that people sign in as.
func (w *World) settlePeople(dice *rand.Rand) {
	used := map[string]int{}
	for _, l := range lands {
		for range customers * l.share / 100 {
			p := &person{
				ref: fmt.Sprintf("customer-%d", len(w.people)+1), name: pick(dice, l.first) + " " + pick(dice, l.last), land: l,
				since: w.opening().Add(time.Duration(dice.IntN(200*24)) * time.Hour), weight: 1 + dice.IntN(6)*dice.IntN(6)/4,
			}
			if len(w.people) == 0 {
				p.name, p.since, p.weight = "Casey Morgan", w.opening(), 0
			}
			p.email = address(p.name, used)
			p.settle(dice)
			w.people = append(w.people, p)
		}
	}
	w.people[0].email = customerEmail
}

// settle gives a person one address or two.
func (p *person) settle(dice *rand.Rand) {
	count := 1
	if p.weight == 0 || dice.IntN(4) == 0 {
		count = 2
	}
	for i := range count {
		t := p.land.towns[dice.IntN(len(p.land.towns))]
		a := shop.Address{
			Name: p.name, Line1: fmt.Sprintf(pick(dice, p.land.streets), 1+dice.IntN(240)), City: t.city, Region: t.region, PostalCode: t.postal,
			Country: p.land.country, IsDefault: i == 0,
		}
		if dice.IntN(5) == 0 {
			a.Line2 = fmt.Sprintf("Apt %d", 1+dice.IntN(40))
		}
		if zone, err := time.LoadLocation(t.zone); err == nil && i == 0 {
			p.zone = zone
		}
		p.addresses = append(p.addresses, a)
	}
}

// address is an e-mail address in a domain that is nobody's. Of the second Ana Silva it says that she is the second.
func address(name string, used map[string]int) string {
	local := strings.ReplaceAll(shop.Slug(name, 60), "-", ".")
	used[local]++
	if n := used[local]; n > 1 {
		local = fmt.Sprintf("%s%d", local, n)
	}
	return local + "@example.com"
}

func pick[T any](dice *rand.Rand, from []T) T { return from[dice.IntN(len(from))] }

// weighted is an index, by how much each one weighs.
func weighted[T any](dice *rand.Rand, from []T, weight func(T) int) T {
	total := 0
	for _, one := range from {
		total += weight(one)
	}
	at := dice.IntN(total)
	for _, one := range from {
		if at -= weight(one); at < 0 {
			return one
		}
	}
	return from[len(from)-1]
}
