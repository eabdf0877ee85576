// Texts that a datatype may or may not accept, and markup that a document may or may not hold:
// where a check and its judge are likely to differ.
#pragma once

#include <string_view>

namespace vtp::test {

// clang-format off: a table, packed

inline constexpr std::string_view odd_texts[] = {
    // numbers
    "INF", "-INF", "+INF", "NaN", " NaN", "NaN ", "-NaN", "1e", "1e+", "1E-", "+1", "-+1", "+-1",
    " 1 ", "\t1\n", "", " ", "1,0", "0x1", "1e400", "-1e400", "1e-400", "-1e-400", ".", ".5", "5.",
    "-.5", "1.5.5", "1e5.5", "1 2", "00012", "1.0000000001", "1.00000001", "1.0000001", "-0",
    "0.5e0", "2e-1", "20e-1", "1d5", "١", "1\xc2\xa0", "infinity", "nan", "INF ", "- 1",
    "0.99999999999999999999", "1e0", "1e1", "-1e-60", "1e-46", "1e-38", "1e38", "1e39",
    "0.00000000000000000000000000000000000000000000000000000001", "3.4028236e38",
    "99999999999999999999999999999999999999999999999999999", "000000000000000000000000000000001",
    "1e00000000000000000000", "1e99999999999999999999", "1e-99999999999999999999",
    // dates
    "2020-01-01T00:00:00", "2020-01-01T00:00:00Z", "2020-01-01T00:00:00z", " 2020-01-01T00:00:00",
    "2020-01-01T00:00:00 ", "2020-01-01T24:00:00", "2020-01-01T24:00:01", "2020-01-01T24:01:00",
    "2020-01-01T24:00:00.000", "2020-01-01T23:59:60", "2020-01-01T23:60:00", "2020-01-01T25:00:00",
    "2020-02-29T00:00:00", "2019-02-29T00:00:00", "1900-02-29T00:00:00", "2000-02-29T00:00:00",
    "-0004-02-29T00:00:00", "-0001-02-28T00:00:00", "0000-01-01T00:00:00", "12020-01-01T00:00:00",
    "02020-01-01T00:00:00", "-12020-01-01T00:00:00", "202-01-01T00:00:00", "+2020-01-01T00:00:00",
    "9223372036854775807-01-01T00:00:00", "9223372036854775808-01-01T00:00:00",
    "2020-13-01T00:00:00", "2020-00-01T00:00:00", "2020-04-31T00:00:00", "2020-01-00T00:00:00",
    "2020-1-1T00:00:00", "2020-01-01", "2020-01-01T", "2020-01-01T00:00", "2020-01-01 00:00:00",
    "2020-01-01t00:00:00", "2020-01-01T0:0:0", "2020-01-01T00:00:00.", "2020-01-01T00:00:00.5",
    "2020-01-01T00:00:59.9999999999999999999", "2020-01-01T00:00:59.999", "2020-01-01T00:00:0",
    "2020-01-01T00:00:00+14:00", "2020-01-01T00:00:00+14:01", "2020-01-01T00:00:00-14:00",
    "2020-01-01T00:00:00-13:59", "2020-01-01T00:00:00+1:00", "2020-01-01T00:00:00+0100",
    "2020-01-01T00:00:00+24:00", "2020-01-01T00:00:00+00:60", "2020-01-01T00:00:00Z+01:00",
    "2020-01-01T00:00:00 Z", "-2020-01-01T00:00:00Z", "--01-01", "2020", "00:00:00",
    // identifiers
    "ivo://a/b#c", "ivo://a/b#c#d", "ivo:", ":", "://", "a b", "a%20b", "a%2", "a%", "%zz", "##",
    "#", "?", "http://[::1]/", "http://[::1", "http://[x]y", "http://a:80/", "http://a:b/",
    "http://a:99999999999/", "http://a:/", "http://u@h@i/", "http://u:p@h/", "//a", "///", "a:b:c",
    "1a:b", "a+b:c", "\xc3\xa9", "http://\xc3\xa9/", "a\\b", "{a}", "<a>", "a|b", "a^b", "`",
    "a\"b", "a'b", "a[b]", "a#[b]", "a?[b]", "/[", "mailto:a@b", "urn:x:y", "http:", "http:/",
    "http://", "http://1.2.3.4:5/6", "http://1.2.3.999/", "http://a?b#c", "a&b", "a#&b",
    "a#b?c/d:e@f", "\t", "a\nb", "http://a b/", "http://a/b c", "..", "./x:y", "x:", "\x7f",
    // names
    "a", " a ", "a b", "a:b", "1a", "-a", "_a", "\xc3\xa9t\xc3\xa9", "a\xc2\xb7", "\xce\xa9",
    "a.b", "\xf0\x9f\x98\x80", "a\xcc\x80", "\xcc\x80", "\xe4\xb8\xad", "\xd9\xa1", "a\xd9\xa1",
    "a/b",
    // enumerations
    "observation", "prediction", "utility", "test", " test", "test ", "Test", "string", "float",
    "int", "integer", "followup", "supersedes", "retraction", "retractions", "UTC-FK5-GEO",
    "UTC-ICRS-TOPO", "GPS-FK5-GEO", "GPS-ICRS-GEO", "TDB-ICRS-BARY", "UTC-GEOD-TOPO", "Other",
    "ContactPerson", "other", "2.0", " 2.0 ", "2.1", "2.00", "2", "1.1", "2.0\n",
    // types
    "xs:string", "xs:token", "xs:normalizedString", "xs:float", "xs:anyURI", "xs:dateTime",
    "xs:NCName", "xs:NMTOKEN", "xs:Name", "xs:ID", "xs:IDREF", "xs:int", "xs:double", "xs:anyType",
    "xs:anySimpleType", "xs:NMTOKENS", "voe:Param", "voe:What", "voe:Who", "voe:EventIVORN",
    "voe:Name", "voe:coord_value", "voe:smallFloat", "voe:roleValues", "voe:dataType",
    "voe:citeValues", "voe:idValues", "voe:Reference", "voe:VOEvent", "voe:nothing", " xs:string",
    "xs:string ", "xs: string", "q:string", "xs:xs:string", ":string", "xs:", "string", "What",
    "voe:Time", "voe:Position2D", "voe:Value2", "voe:AstroCoords", "voe:Group", "true", "false",
};

inline constexpr std::string_view odd_names[] = {
    "AstroCoordSystem", "AstroCoords", "Author", "AuthorIVORN", "C1", "C2", "C3", "Citations",
    "Concept", "Contributor", "CoordFlavor", "Data", "Date", "Description", "Error", "Error2",
    "Error2Radius", "Error3", "EventIVORN", "Field", "Group", "How", "ISOTime", "ISOTimeStart",
    "ISOTimeStop", "Inference", "Name", "Name1", "Name2", "Name3", "ObsDataLocation",
    "ObservationLocation", "ObservatoryLocation", "Param", "Position2D", "Position3D",
    "PositionName", "Reference", "ReferencePosition", "SpaceFrame", "SpaceRefFrame", "TD", "TR",
    "Table", "Time", "TimeFrame", "TimeInstant", "TimeInterval", "TimeOffset", "TimeScale",
    "VOEvent", "Value", "Value2", "Value3", "What", "WhereWhen", "Who", "Why", "contactEmail",
    "contactName", "contactPhone", "contributor", "logoURL", "shortName", "title", "bogus",
    "voe:What", "voe:Param", "q:Param", "xs:string", "param", "Par\xc3\xa9m", "xml:x", "_", "1x",
};

inline constexpr std::string_view odd_attributes[] = {
    "altIdentifier", "cite", "coord_system_id", "dataType", "expires", "id", "importance", "ivorn",
    "meaning", "mimetype", "name", "pos_unit", "probability", "relation", "role", "type", "ucd",
    "unit", "uri", "utype", "value", "version", "datatype", "bogus", "xsi:type", "xsi:type",
    "xsi:nil", "xsi:schemaLocation", "xsi:noNamespaceSchemaLocation", "xsi:bogus", "xml:lang",
    "xml:space", "xml:base", "xml:id", "voe:name", "q:name", "xmlns", "xmlns:q", "xmlns:voe",
    "xmlns:xml", "xmlns:xmlns", "xmlns:xsi", "XML", "xsi:Type", "voe:ivorn",
};

inline constexpr std::string_view odd_namespaces[] = {
    "", "http://www.ivoa.net/xml/VOEvent/v2.0", "http://www.ivoa.net/xml/VOEvent/v2.1",
    "http://www.ivoa.net/xml/VOEvent/v1.1", "http://www.w3.org/2001/XMLSchema-instance",
    "http://www.w3.org/2001/XMLSchema", "http://www.w3.org/XML/1998/namespace", "urn:x",
    "relative", "a b", "http://www.w3.org/2000/xmlns/", "http://example.org/\xc3\xa9", "##",
};

inline constexpr std::string_view odd_markup[] = {
    "<!-- c -->", "<!---->", "<!-- -- -->", "<?pi data?>", "<?xml version='1.0'?>", "<?XML x?>",
    "<![CDATA[]]>", "<![CDATA[ ]]>", "<![CDATA[x]]>", "<![CDATA[1]]>", "<![CDATA[<&]]>", "&#32;",
    "&#x20;", "&#10;", "&#13;", "&#49;", "&#0;", "&#160;", "&#xFFFE;", "&#x110000;", "&amp;",
    "&lt;", "&quot;", "&apos;", "&foo;", "&", "&;", "&#;", " ", "\n\t ", "\r\n", "x", "]]>", "<",
    ">", "\xc2\xa0", "\xe2\x80\x83", "\xef\xbb\xbf", "\xc3", "\xff", "\x01", "\x0b", "</x>", "<x>",
    "<x/>", "<q:x/>", "<x xmlns=''/>", "<Param/>", "<Description/>", "<!DOCTYPE a>",
    "\xed\xa0\x80", "\xef\xbf\xbe", "\x7f", "\xc2\x85", "<![CDATA[", "<!--", "<?",
};

inline constexpr std::string_view odd_prologues[] = {
    "", "<?xml version='1.0'?>", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n",
    "<?xml version='1.1'?>", "<?xml version='2.0'?>", "<?xml version='1.0' standalone='yes'?>",
    "<?xml version='1.0' standalone='maybe'?>", "<?xml encoding='UTF-8'?>", "<?xml?>",
    "<?xml version='1.0' encoding='US-ASCII'?>", "<?xml version='1.0' encoding='ISO-8859-1'?>",
    "<?xml version='1.0' encoding='ISO-8859-15'?>", "<?xml version='1.0' encoding='KOI8-R'?>",
    "<?xml version='1.0' encoding='windows-1252'?>", "<?xml version='1.0' encoding='UTF-16'?>",
    "<?xml version='1.0' encoding='UTF-16LE'?>", "<?xml version='1.0' encoding='x'?>",
    "<?xml version='1.0' encoding=''?>", "<?xml version='1.0' encoding='UTF8'?>",
    "<?xml version='1.0' encoding='utf-8'?>", "<?xml version='1.0' encoding='EBCDIC-CP-US'?>",
    "<?xml version='1.0' encoding='ISO-2022-JP'?>", "<?xml version='1.0' encoding='UTF-7'?>",
    "<?xml version='1.0' encoding='UCS-4'?>", " <?xml version='1.0'?>", "\n", "\xef\xbb\xbf",
    "\xef\xbb\xbf<?xml version='1.0'?>", "\xef\xbb\xbf<?xml version='1.0' encoding='ISO-8859-1'?>",
    "<!-- c -->", "<?pi?>", "x", "&#32;", "<a/>", "<?xml version='1.0' ?><!-- é -->",
    "<?xml version = '1.0' encoding = 'UTF-8' standalone = 'no' ?>",
    "<?xml version='1.0'encoding='UTF-8'?>", "<?xml version='1.0' encoding='Shift_JIS'?>",
    "<?xml version='1.0' encoding='GB18030'?>", "<?xml version='1.0' encoding='HTML'?>",
};

inline constexpr std::string_view odd_doctypes[] = {
    "<!DOCTYPE VOEvent>", "<!DOCTYPE voe:VOEvent>", "<!DOCTYPE>", "<!DOCTYPE a", "<!doctype a>",
    "<!DOCTYPE a []>", "<!DOCTYPE a [ ] >", "<!DOCTYPE a SYSTEM 'http://127.0.0.1/x.dtd'>",
    "<!DOCTYPE a SYSTEM 'file:///etc/passwd' []>", "<!DOCTYPE a PUBLIC 'p' 's'>",
    "<!DOCTYPE a PUBLIC 'p'>", "<!DOCTYPE a [<!ELEMENT a ANY>]>", "<!DOCTYPE a [<!ELEMENT a>]>",
    "<!DOCTYPE a [<!ENTITY foo 'x'>]>", "<!DOCTYPE a [<!ENTITY foo 'x'><!ENTITY foo 'y'>]>",
    "<!DOCTYPE a [<!ENTITY foo SYSTEM 'file:///etc/passwd'>]>",
    "<!DOCTYPE a [<!ENTITY foo SYSTEM 'x' NDATA n><!NOTATION n SYSTEM 'n'>]>",
    "<!DOCTYPE a [<!ENTITY % p 'x'>]>", "<!DOCTYPE a [<!ENTITY % p ''>%p;]>",
    "<!DOCTYPE a [<!ENTITY % p '<!ELEMENT b ANY>'>%p;]>", "<!DOCTYPE a [%p;]>",
    "<!DOCTYPE a [<!ENTITY % p SYSTEM 'file:///etc/passwd'>%p;]>",
    "<!DOCTYPE a [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'><!ENTITY foo "
    "'&b;&b;&b;&b;&b;&b;&b;&b;'>]>",
    "<!DOCTYPE a [<!ATTLIST Param dataType CDATA 'int'>]>",
    "<!DOCTYPE a [<!ATTLIST Param dataType (int|float) #REQUIRED>]>",
    "<!DOCTYPE a [<!ATTLIST Param xmlns:q CDATA 'urn:q'>]>",
    "<!DOCTYPE a [<!ATTLIST Param q:x CDATA 'y'>]>", "<!DOCTYPE a [<!ATTLIST Param id ID 'x'>]>",
    "<!DOCTYPE a [<!-- c --><?pi x?>]>", "<!DOCTYPE a [ x ]>", "<!DOCTYPE a [<!FOO>]>",
    "<!DOCTYPE a [<![INCLUDE[ ]]>]>", "<!DOCTYPE a><!DOCTYPE b>", "<!DOCTYPE a [<!ENTITY foo>]>",
    "<!DOCTYPE a [<!ENTITY foo 'x%p;'>]>", "<!DOCTYPE a [<!ENTITY foo '&#38;'>]>",
    "<!DOCTYPE a [<!ENTITY foo '']>",
};

// clang-format on

}  // namespace vtp::test
