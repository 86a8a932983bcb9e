// SPDX-License-Identifier: ISC
//
// adsp/nbp_name.cpp - the name of a service: what it is called, what it is, and in which zone.

#include "adsp/nbp_name.h"

#include "adsp/mac_roman.h"
#include "base/text.h"

namespace postern::adsp {

namespace {

constexpr char any_octets = '\xc5';

Result<std::string> part_of(std::string_view utf8, std::string_view what) {
  auto part = utf8_to_mac_roman(utf8);
  if (!part) return fail(Errc::syntax, cat(what, " has a character that Mac OS Roman has not"));
  if (part->empty()) return fail(Errc::syntax, cat(what, " is empty"));
  if (part->size() > NbpName::most_octets) {
    return fail(Errc::syntax, cat(what, " has more than ", NbpName::most_octets, " characters"));
  }
  return *part;
}

bool part_matches(std::string_view pattern, std::string_view part) {
  if (pattern == "=") return true;
  const std::size_t wild = pattern.find(any_octets);
  if (wild == std::string_view::npos) return mac_roman_iequals(pattern, part);
  const std::string_view front = pattern.substr(0, wild);
  const std::string_view back = pattern.substr(wild + 1);
  return part.size() >= front.size() + back.size() &&
         mac_roman_iequals(front, part.substr(0, front.size())) &&
         mac_roman_iequals(back, part.substr(part.size() - back.size()));
}

bool is_plain_part(std::string_view part) {
  return !part.empty() && part.size() <= NbpName::most_octets && part != "=" &&
         part.find(any_octets) == std::string_view::npos;
}

}  // namespace

std::string NbpName::to_string() const {
  return mac_roman_to_utf8(cat(object, ':', type, '@', zone));
}

Result<NbpName> parse_nbp_name(std::string_view text) {
  const std::size_t at = text.rfind('@');
  const std::string_view entity = text.substr(0, at);
  const std::size_t colon = entity.find(':');
  if (colon == std::string_view::npos) return fail(Errc::syntax, "no colon between name and type");
  NbpName name;
  const auto object = part_of(entity.substr(0, colon), "the name");
  if (!object) return tl::unexpected(object.error());
  const auto type = part_of(entity.substr(colon + 1), "the type");
  if (!type) return tl::unexpected(type.error());
  name.object = *object;
  name.type = *type;
  if (at == std::string_view::npos) return name;
  const auto zone = part_of(text.substr(at + 1), "the zone");
  if (!zone) return tl::unexpected(zone.error());
  name.zone = *zone;
  return name;
}

bool is_plain(const NbpName& name) {
  return is_plain_part(name.object) && is_plain_part(name.type);
}

bool matches(const NbpName& pattern, const NbpName& name) {
  return part_matches(pattern.object, name.object) && part_matches(pattern.type, name.type);
}

}  // namespace postern::adsp
