package shop

import (
	"cmp"
	"slices"
	"strings"
)

// Country is a country or territory of ISO 3166-1: Code is the alpha-2 code, Name its usual English name.
type Country struct{ Code, Name string }

// isoCountries is ISO 3166-1 with the English names of Unicode CLDR, shortened where people expect a shorter one.
const isoCountries = `
	AD Andorra; AE United Arab Emirates; AF Afghanistan; AG Antigua & Barbuda; AI Anguilla; AL Albania; AM Armenia;
	AO Angola; AQ Antarctica; AR Argentina; AS American Samoa; AT Austria; AU Australia; AW Aruba; AX Åland Islands;
	AZ Azerbaijan; BA Bosnia & Herzegovina; BB Barbados; BD Bangladesh; BE Belgium; BF Burkina Faso; BG Bulgaria;
	BH Bahrain; BI Burundi; BJ Benin; BL St. Barthélemy; BM Bermuda; BN Brunei; BO Bolivia;
	BQ Bonaire, Sint Eustatius and Saba; BR Brazil; BS Bahamas; BT Bhutan; BV Bouvet Island; BW Botswana; BY Belarus;
	BZ Belize; CA Canada; CC Cocos (Keeling) Islands; CD Congo (Democratic Republic); CF Central African Republic;
	CG Congo; CH Switzerland; CI Côte d’Ivoire; CK Cook Islands; CL Chile; CM Cameroon; CN China; CO Colombia;
	CR Costa Rica; CU Cuba; CV Cape Verde; CW Curaçao; CX Christmas Island; CY Cyprus; CZ Czechia; DE Germany;
	DJ Djibouti; DK Denmark; DM Dominica; DO Dominican Republic; DZ Algeria; EC Ecuador; EE Estonia; EG Egypt;
	EH Western Sahara; ER Eritrea; ES Spain; ET Ethiopia; FI Finland; FJ Fiji; FK Falkland Islands; FM Micronesia;
	FO Faroe Islands; FR France; GA Gabon; GB United Kingdom; GD Grenada; GE Georgia; GF French Guiana; GG Guernsey;
	GH Ghana; GI Gibraltar; GL Greenland; GM Gambia; GN Guinea; GP Guadeloupe; GQ Equatorial Guinea; GR Greece;
	GS South Georgia & South Sandwich Islands; GT Guatemala; GU Guam; GW Guinea-Bissau; GY Guyana; HK Hong Kong;
	HM Heard & McDonald Islands; HN Honduras; HR Croatia; HT Haiti; HU Hungary; ID Indonesia; IE Ireland; IL Israel;
	IM Isle of Man; IN India; IO British Indian Ocean Territory; IQ Iraq; IR Iran; IS Iceland; IT Italy; JE Jersey;
	JM Jamaica; JO Jordan; JP Japan; KE Kenya; KG Kyrgyzstan; KH Cambodia; KI Kiribati; KM Comoros;
	KN St. Kitts & Nevis; KP North Korea; KR South Korea; KW Kuwait; KY Cayman Islands; KZ Kazakhstan; LA Laos;
	LB Lebanon; LC St. Lucia; LI Liechtenstein; LK Sri Lanka; LR Liberia; LS Lesotho; LT Lithuania; LU Luxembourg;
	LV Latvia; LY Libya; MA Morocco; MC Monaco; MD Moldova; ME Montenegro; MF St. Martin; MG Madagascar;
	MH Marshall Islands; MK North Macedonia; ML Mali; MM Myanmar; MN Mongolia; MO Macao; MP Northern Mariana Islands;
	MQ Martinique; MR Mauritania; MS Montserrat; MT Malta; MU Mauritius; MV Maldives; MW Malawi; MX Mexico;
	MY Malaysia; MZ Mozambique; NA Namibia; NC New Caledonia; NE Niger; NF Norfolk Island; NG Nigeria; NI Nicaragua;
	NL Netherlands; NO Norway; NP Nepal; NR Nauru; NU Niue; NZ New Zealand; OM Oman; PA Panama; PE Peru;
	PF French Polynesia; PG Papua New Guinea; PH Philippines; PK Pakistan; PL Poland; PM St. Pierre & Miquelon;
	PN Pitcairn Islands; PR Puerto Rico; PS Palestine; PT Portugal; PW Palau; PY Paraguay; QA Qatar; RE Réunion;
	RO Romania; RS Serbia; RU Russia; RW Rwanda; SA Saudi Arabia; SB Solomon Islands; SC Seychelles; SD Sudan;
	SE Sweden; SG Singapore; SH St. Helena; SI Slovenia; SJ Svalbard & Jan Mayen; SK Slovakia; SL Sierra Leone;
	SM San Marino; SN Senegal; SO Somalia; SR Suriname; SS South Sudan; ST São Tomé & Príncipe; SV El Salvador;
	SX Sint Maarten; SY Syria; SZ Eswatini; TC Turks & Caicos Islands; TD Chad; TF French Southern Territories;
	TG Togo; TH Thailand; TJ Tajikistan; TK Tokelau; TL Timor-Leste; TM Turkmenistan; TN Tunisia; TO Tonga;
	TR Türkiye; TT Trinidad & Tobago; TV Tuvalu; TW Taiwan; TZ Tanzania; UA Ukraine; UG Uganda;
	UM U.S. Outlying Islands; US United States; UY Uruguay; UZ Uzbekistan; VA Vatican City;
	VC St. Vincent & Grenadines; VE Venezuela; VG British Virgin Islands; VI U.S. Virgin Islands; VN Vietnam;
	VU Vanuatu; WF Wallis & Futuna; WS Samoa; YE Yemen; YT Mayotte; ZA South Africa; ZM Zambia; ZW Zimbabwe
`

var countries = readCountries(isoCountries)

// Countries returns all countries, sorted by name.
func Countries() []Country { return slices.Clone(countries) }

func readCountries(table string) []Country {
	var list []Country
	for entry := range strings.SplitSeq(table, ";") {
		code, name, _ := strings.Cut(strings.TrimSpace(entry), " ")
		list = append(list, Country{code, name})
	}
	slices.SortFunc(list, func(a, b Country) int { return cmp.Compare(sortName(a.Name), sortName(b.Name)) })
	return list
}

// sortName puts Åland under A.
func sortName(name string) string {
	return strings.NewReplacer("Å", "A", "ô", "o", "ç", "c", "é", "e", "ã", "a", "ü", "u").Replace(name)
}

// CountryName is the English name of an alpha-2 code, or the code itself when there is no such country.
func CountryName(code string) string {
	at := slices.IndexFunc(countries, func(c Country) bool { return c.Code == code })
	if at < 0 {
		return code
	}
	return countries[at].Name
}

// FindCountry reads a country by its code or its name, in any case; others are CodeInvalid.
func FindCountry(text string) (Country, error) {
	at := slices.IndexFunc(countries, func(c Country) bool { return strings.EqualFold(c.Code, text) || strings.EqualFold(c.Name, text) })
	if at < 0 {
		return Country{}, invalid("There is no such country. Write a code such as DE, or the English name.")
	}
	return countries[at], nil
}

// usStates are the codes that taxes of the United States go by, with the names that people write instead.
const usStates = `
	AL Alabama; AK Alaska; AZ Arizona; AR Arkansas; CA California; CO Colorado; CT Connecticut; DE Delaware;
	DC District of Columbia; FL Florida; GA Georgia; HI Hawaii; ID Idaho; IL Illinois; IN Indiana; IA Iowa; KS Kansas;
	KY Kentucky; LA Louisiana; ME Maine; MD Maryland; MA Massachusetts; MI Michigan; MN Minnesota; MS Mississippi;
	MO Missouri; MT Montana; NE Nebraska; NV Nevada; NH New Hampshire; NJ New Jersey; NM New Mexico; NY New York;
	NC North Carolina; ND North Dakota; OH Ohio; OK Oklahoma; OR Oregon; PA Pennsylvania; RI Rhode Island;
	SC South Carolina; SD South Dakota; TN Tennessee; TX Texas; UT Utah; VT Vermont; VA Virginia; WA Washington;
	WV West Virginia; WI Wisconsin; WY Wyoming; AA Armed Forces Americas; AE Armed Forces Europe; AP Armed Forces Pacific
`

var states = readCountries(usStates)

// usState reads a state by its code or its name, in any case.
func usState(text string) (code string, ok bool) {
	at := slices.IndexFunc(states, func(s Country) bool { return strings.EqualFold(s.Code, text) || strings.EqualFold(s.Name, text) })
	if at < 0 {
		return "", false
	}
	return states[at].Code, true
}
