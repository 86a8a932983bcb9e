// SPDX-License-Identifier: ISC
//
// conf/loader.cpp - from a libconfig file to a Config, step by step.

#include "conf/loader.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "conf/contradictions.h"
#include "conf/defaults.h"
#include "conf/document_reader.h"

namespace postern::conf {

namespace {

std::vector<Fault> locate(const std::vector<LineFault>& faults, const SourceText& source) {
  std::vector<Fault> located;
  std::transform(faults.begin(), faults.end(), std::back_inserter(located),
                 [&source](const LineFault& fault) { return source.locate(fault); });
  return located;
}

Loaded load(const SourceText& source) {
  if (!source.faults().empty()) return tl::unexpected(locate(source.faults(), source));
  const auto document = parse(source);
  if (!document) return tl::unexpected(locate({document.error()}, source));
  Report report;
  Config config = read_document(*document, report);
  complete(config, source.directory(), report);
  report_contradictions(config, report);
  if (!report.has_faults()) return config;
  auto faults = locate(report.sorted_faults(), source);
  const auto& elsewhere = report.faults_elsewhere();
  faults.insert(faults.end(), elsewhere.begin(), elsewhere.end());
  return tl::unexpected(std::move(faults));
}

}  // namespace

Loaded load_file(const std::string& path) {
  return load(SourceText::from_file(path));
}
Loaded load_text(std::string_view text) {
  return load(SourceText::from_text(text));
}

}  // namespace postern::conf
