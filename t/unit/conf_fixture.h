// SPDX-License-Identifier: ISC
//
// t/unit/conf_fixture.h - files and short forms for the tests of configurations.

#pragma once

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "conf/loader.h"

namespace postern::test {

// A directory that goes away with its files.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = std::filesystem::temp_directory_path() / "postern-conf-XXXXXX";
    if (::mkdtemp(name.data()) != nullptr) path_ = name;
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }

  std::string path(std::string_view name) const { return cat(path_, "/", name); }

  // Returns the path of the file.
  std::string write(std::string_view name, std::string_view text) const {
    const std::string file = path(name);
    std::filesystem::create_directories(std::filesystem::path(file).parent_path());
    std::ofstream(file, std::ios::binary) << text;
    return file;
  }

 private:
  std::string path_;
};

// A listener that needs nothing else to be set.
inline constexpr std::string_view local_listener =
    "listeners = ( { name = \"local\"; path = \"/run/postern/smtp.sock\"; } );\n";

// The messages of all faults, one a line; empty if there are none.
inline std::string faults_of(const conf::Loaded& loaded) {
  std::string out;
  if (loaded) return out;
  for (const conf::Fault& fault : loaded.error()) out += fault.message() + '\n';
  return out;
}

// The faults of settings together with a local listener, without the file's name.
inline std::string faults_with(std::string_view settings) {
  const auto loaded = conf::load_text(cat(settings, "\n", local_listener));
  std::string out;
  if (loaded) return out;
  for (const conf::Fault& fault : loaded.error()) out += cat(fault.line, ": ", fault.text, "\n");
  return out;
}

}  // namespace postern::test
