// SPDX-License-Identifier: ISC
//
// conf/loader.cpp - from a libconfig file to a Config, step by step.

#include "conf/loader.h"

#include <algorithm>
#include <iterator>

#include "conf/contradictions.h"
#include "conf/defaults.h"
#include "conf/document_reader.h"

namespace postern::conf {

namespace {

tl::unexpected<std::vector<Fault>> locate(const std::vector<LineFault>& faults,
                                          const SourceText& source) {
  std::vector<Fault> located;
  std::transform(faults.begin(), faults.end(), std::back_inserter(located),
                 [&source](const LineFault& fault) { return source.locate(fault); });
  return tl::unexpected(std::move(located));
}

Loaded load(const SourceText& source) {
  if (!source.faults().empty()) return locate(source.faults(), source);
  const auto document = parse(source);
  if (!document) return locate({document.error()}, source);
  Report report;
  Config config = read_document(*document, report);
  complete(config, report);
  report_contradictions(config, report);
  if (const auto faults = report.sorted_faults(); !faults.empty()) return locate(faults, source);
  return config;
}

}  // namespace

Loaded load_file(const std::string& path) {
  return load(SourceText::from_file(path));
}
Loaded load_text(std::string_view text) {
  return load(SourceText::from_text(text));
}

}  // namespace postern::conf
