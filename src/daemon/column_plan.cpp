// SPDX-License-Identifier: ISC
//
// daemon/column_plan.cpp - which column of the scoreboard each listener counts its channels in.

#include "daemon/column_plan.h"

#include <algorithm>

namespace postern::daemon {

std::vector<std::size_t> ColumnPlan::assign(const std::vector<std::string>& names) {
  ++assignments_;
  // Those that have one first, lest a new name takes it.
  for (Slot& slot : slots_) {
    const bool is_wanted = std::find(names.begin(), names.end(), slot.name) != names.end();
    if (is_wanted) slot.last_assigned = assignments_;
  }
  std::vector<std::size_t> columns;
  for (const std::string& name : names) columns.push_back(find_or_take(name));
  return columns;
}

void ColumnPlan::restore(const std::string& name, std::size_t column) {
  if (column < slots_.size()) slots_[column] = {name, ++assignments_};
}

std::vector<std::string> ColumnPlan::names() const {
  std::vector<std::string> names;
  for (const Slot& slot : slots_) names.push_back(slot.name);
  return names;
}

std::size_t ColumnPlan::find_or_take(const std::string& name) {
  const auto earlier = [](const Slot& a, const Slot& b) {
    return a.last_assigned < b.last_assigned;
  };
  auto slot = std::find_if(slots_.begin(), slots_.end(),
                           [&name](const Slot& each) { return each.name == name; });
  if (slot == slots_.end()) slot = std::min_element(slots_.begin(), slots_.end(), earlier);
  *slot = {name, assignments_};
  return static_cast<std::size_t>(slot - slots_.begin());
}

}  // namespace postern::daemon
