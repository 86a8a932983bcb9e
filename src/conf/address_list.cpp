// SPDX-License-Identifier: ISC
//
// conf/address_list.cpp - `clients` and `blocked`: addresses, and files of addresses.

#include "conf/address_list.h"

#include <cassert>
#include <filesystem>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "base/text_file.h"

namespace postern::conf {

namespace {

constexpr std::size_t max_octets = std::size_t{64} << 20;  // of a file: over a million addresses

// Whoever names a file of another kind by mistake need not read all of it.
constexpr unsigned max_faults = 10;  // of a file

using Ranges = std::vector<AddressSet::Range>;

std::string_view without_comment(std::string_view line) {
  return trim(line.substr(0, line.find_first_of(";#")));
}

void read_lines(const std::string& path, std::string_view text, const std::string& setting,
                Ranges& ranges, Report& report) {
  unsigned number = 0;
  unsigned faults = 0;
  for (const std::string_view line : split_lines(text)) {
    ++number;
    const std::string_view item = without_comment(line);
    if (item.empty()) continue;
    const auto range = AddressSet::parse(item);
    if (range) {
      ranges.push_back(*range);
    } else if (++faults <= max_faults) {
      report.fault_elsewhere(setting, {path, number, range.error().message()});
    }
  }
  if (faults > max_faults) {
    report.fault_elsewhere(setting,
                           {path, 0, cat(faults - max_faults, " more lines are no addresses")});
  }
}

}  // namespace

Result<void> check_address_list_item(const std::string& item) {
  if (item == "@") return fail(Errc::syntax, "\"@\" needs the name of a file behind it");
  if (item.starts_with('@')) return {};
  const auto range = AddressSet::parse(item);
  if (!range) return tl::unexpected(range.error());
  return {};
}

void locate_address_files(std::vector<std::string>& items, const std::string& directory) {
  for (std::string& item : items) {
    if (!item.starts_with('@')) continue;
    const auto path = std::filesystem::path(directory) / item.substr(1);
    item = cat("@", path.lexically_normal().native());
  }
}

AddressSet read_address_list(const std::vector<std::string>& items, const std::string& setting,
                             Report& report) {
  Ranges ranges;
  for (const std::string& item : items) {
    if (!item.starts_with('@')) {
      const auto range = AddressSet::parse(item);
      assert(range);  // the check of the setting has seen it
      ranges.push_back(*range);
      continue;
    }
    const std::string path = item.substr(1);
    const auto text = read_text_file(path, max_octets);
    if (text) {
      read_lines(path, *text, setting, ranges, report);
    } else {
      report.fault(setting, cat(printable(path), " ", text.error().message()));
    }
  }
  return AddressSet{std::move(ranges)};
}

}  // namespace postern::conf
