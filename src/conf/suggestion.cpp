// SPDX-License-Identifier: ISC
//
// conf/suggestion.cpp - what an unknown name was probably meant to be.

#include "conf/suggestion.h"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

#include "base/text.h"
#include "conf/settings.h"

namespace postern::conf {

namespace {

constexpr std::size_t longest_name = 40;
constexpr std::size_t furthest = 2;

// The names that can stand in the group with this prefix: its settings and its groups.
std::vector<std::string_view> names_in(std::string_view prefix) {
  std::vector<std::string_view> names;
  for (const Setting& setting : settings()) {
    if (!setting.path.starts_with(prefix)) continue;
    const std::string_view rest = setting.path.substr(prefix.size());
    names.push_back(rest.substr(0, rest.find_first_of(".[")));
  }
  return names;
}

std::string in_another_group(std::string_view name) {
  const auto same_leaf = [name](const Setting& setting) {
    return setting.path.ends_with(cat(".", name));
  };
  const auto found = std::find_if(settings().begin(), settings().end(), same_leaf);
  return found == settings().end() ? std::string() : std::string(found->path);
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  // One row of the usual table at a time: row[j] is the distance of a so far and j letters of b.
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t change = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({change, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

std::string suggest(std::string_view prefix, std::string_view name) {
  if (name.size() > longest_name) return {};
  std::string_view best;
  std::size_t best_distance = furthest + 1;
  for (const std::string_view known : names_in(prefix)) {
    const std::size_t distance = edit_distance(lower(name), known);
    // Two letters of a word of three are no resemblance.
    if (distance < best_distance && distance * 2 < known.size()) {
      best = known;
      best_distance = distance;
    }
  }
  return best.empty() ? in_another_group(name) : cat(prefix, best);
}

}  // namespace postern::conf
