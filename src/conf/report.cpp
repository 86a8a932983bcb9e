// SPDX-License-Identifier: ISC
//
// conf/report.cpp - what is found while a document is read.

#include "conf/report.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace postern::conf {

void Report::fault(const std::string& place, std::string_view what) {
  fault_at(line_of(place), place, what);
}

void Report::fault_at(unsigned line, const std::string& place, std::string_view what) {
  faults_.push_back({line, cat(place, ": ", what)});
  faulty_.insert(place);
}

void Report::fault_elsewhere(const std::string& place, Fault fault) {
  faults_elsewhere_.push_back(std::move(fault));
  faulty_.insert(place);
}

bool Report::is_any_faulty(std::initializer_list<std::string> places) const {
  return std::any_of(places.begin(), places.end(),
                     [this](const std::string& place) { return is_faulty(place); });
}

std::vector<LineFault> Report::sorted_faults() const {
  std::vector<LineFault> sorted = faults_;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const LineFault& a, const LineFault& b) { return a.line < b.line; });
  return sorted;
}

unsigned Report::line_of(std::string_view place) const {
  for (;;) {
    if (const auto known = lines_.find(place); known != lines_.end()) return known->second;
    const std::size_t parent = place.find_last_of(".[");
    if (parent == std::string_view::npos) return 0;
    place = place.substr(0, parent);
  }
}

}  // namespace postern::conf
