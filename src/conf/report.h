// SPDX-License-Identifier: ISC
//
// conf/report.h - what is found while a document is read: which settings it has, and faults.

#pragma once

#include <initializer_list>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "conf/fault.h"

namespace postern::conf {

// Settings, groups and elements are known by their place in the document, such as
// "listeners[1].port".
//
// It remembers which ones are faulty, so that the search for contradictions can leave out what
// only follows from a fault that is reported already.
class Report {
 public:
  // The document has this at line.
  void found(const std::string& place, unsigned line) { lines_[place] = line; }

  // What is wrong with place, at its line, or if the document does not have it at that of the
  // group around it.
  void fault(const std::string& place, std::string_view what);
  // The same for what has a line of its own.
  void fault_at(unsigned line, const std::string& place, std::string_view what);

  // The same for what is wrong in a file that the value of place names.
  void fault_elsewhere(const std::string& place, Fault fault);

  bool is_found(const std::string& place) const { return lines_.contains(place); }
  bool is_faulty(const std::string& place) const { return faulty_.contains(place); }
  bool is_any_faulty(std::initializer_list<std::string> places) const;

  bool has_faults() const { return !faulty_.empty(); }

  // By line; those of one line in the order they were found.
  std::vector<LineFault> sorted_faults() const;

  // In the order they were found.
  const std::vector<Fault>& faults_elsewhere() const { return faults_elsewhere_; }

 private:
  unsigned line_of(std::string_view place) const;

  std::map<std::string, unsigned, std::less<>> lines_;
  std::set<std::string, std::less<>> faulty_;
  std::vector<LineFault> faults_;
  std::vector<Fault> faults_elsewhere_;
};

}  // namespace postern::conf
