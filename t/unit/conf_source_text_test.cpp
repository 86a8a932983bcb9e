// SPDX-License-Identifier: ISC
//
// t/unit/conf_source_text_test.cpp - files, the files they include, and files that are none.

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "base/text.h"
#include "conf/source_text.h"
#include "conf_fixture.h"

// CppUTest's headers come last: they redefine new.
#include <CppUTest/TestHarness.h>

using namespace postern;
using namespace postern::conf;

namespace {

std::string messages(const SourceText& source) {
  std::string out;
  for (const LineFault& fault : source.faults()) out += source.locate(fault).message() + '\n';
  return out;
}

std::string message(const SourceText& source, unsigned line) {
  return source.locate({line, "x"}).message();
}

// Goes back to where it was when it goes out of scope.
class WorkingDirectory {
 public:
  explicit WorkingDirectory(const std::string& path) : old_(std::filesystem::current_path()) {
    std::filesystem::current_path(path);
  }
  WorkingDirectory(const WorkingDirectory&) = delete;
  WorkingDirectory& operator=(const WorkingDirectory&) = delete;
  ~WorkingDirectory() { std::filesystem::current_path(old_); }

 private:
  std::filesystem::path old_;
};

}  // namespace

TEST_GROUP(ConfSourceText) {
  test::TemporaryDirectory directory;
};

TEST(ConfSourceText, EveryLineEndsInLf) {
  STRCMP_EQUAL("a\nb\n", SourceText::from_text("a\r\nb").text().c_str());
  STRCMP_EQUAL("", SourceText::from_text("").text().c_str());
}

TEST(ConfSourceText, PutsIncludedFilesInAndKnowsWhereLinesComeFrom) {
  const auto main = directory.write("main.conf", "a = 1;\n@include \"d/one.conf\"\nb = 1;\n");
  const auto one =
      directory.write("d/one.conf", "c = 1;\n \t@include \"two.conf\" // comment\nd = 1;");
  const auto two = directory.write("two.conf", "e = 1;\n");
  const auto source = SourceText::from_file(main);
  STRCMP_EQUAL("", messages(source).c_str());
  STRCMP_EQUAL("a = 1;\n\nc = 1;\n\ne = 1;\nd = 1;\nb = 1;\n", source.text().c_str());
  STRCMP_EQUAL(cat(main, ": x").c_str(), message(source, 0).c_str());
  STRCMP_EQUAL(cat(main, ":2: x").c_str(), message(source, 2).c_str());
  STRCMP_EQUAL(cat(one, ":1: x").c_str(), message(source, 3).c_str());
  STRCMP_EQUAL(cat(two, ":1: x").c_str(), message(source, 5).c_str());
  STRCMP_EQUAL(cat(one, ":3: x").c_str(), message(source, 6).c_str());
  STRCMP_EQUAL(cat(main, ":3: x").c_str(), message(source, 7).c_str());
  STRCMP_EQUAL(cat(main, ":3: x").c_str(), message(source, 8).c_str());
}

TEST(ConfSourceText, LooksBesideTheMainFileWhereverTheProcessStands) {
  const auto main = directory.write("main.conf", "@include \"part.conf\"\n");
  directory.write("part.conf", "a = 1;\n");
  directory.write("elsewhere/part.conf", "wrong = 1;\n");
  const WorkingDirectory elsewhere{directory.path("elsewhere")};
  STRCMP_EQUAL("\na = 1;\n", SourceText::from_file(main).text().c_str());
  STRCMP_EQUAL("\na = 1;\n", SourceText::from_file("../main.conf").text().c_str());
  STRCMP_EQUAL("\nwrong = 1;\n", SourceText::from_file(directory.write("elsewhere/main.conf",
                                                                       "@include \"part.conf\""))
                                     .text()
                                     .c_str());
}

TEST(ConfSourceText, IncludesAbsoluteNamesToo) {
  const auto part = directory.write("d/part.conf", "a = 1;\n");
  const auto main = directory.write("main.conf", cat("@include \"", part, "\"\n"));
  STRCMP_EQUAL("\na = 1;\n", SourceText::from_file(main).text().c_str());
}

TEST(ConfSourceText, RefusesIncludesInText) {
  STRCMP_EQUAL("(text):2: @include is not possible here\n",
               messages(SourceText::from_text("a = 1;\n\t @include \"/etc/passwd\"\n")).c_str());
}

TEST(ConfSourceText, AnIncludeInACommentIsNone) {
  const std::string text = "/*\n@include \"nowhere\"\n*/\n# @include \"nowhere\"\n";
  const auto source = SourceText::from_text(text);
  STRCMP_EQUAL("", messages(source).c_str());
  STRCMP_EQUAL(text.c_str(), source.text().c_str());
}

TEST(ConfSourceText, RefusesMalformedIncludes) {
  for (const char* line : {"@include", "@include nowhere", "@include \"", "@include \"\"",
                           "@include \"a", "@include \"a\";", "@include \"a\" b = 1;",
                           "@include \"a\\\"b\"", "@includes \"a\"", "@include <a>"}) {
    const auto main = directory.write("main.conf", cat("\n", line, "\n"));
    STRCMP_EQUAL_TEXT(cat(main, ":2: write @include \"file\" on a line of its own\n").c_str(),
                      messages(SourceText::from_file(main)).c_str(), line);
  }
}

TEST(ConfSourceText, RefusesCircles) {
  const auto main = directory.write("main.conf", "@include \"part.conf\"\n");
  const auto part = directory.write("part.conf", "\n@include \"./d/../part.conf\"\n");
  STRCMP_EQUAL(cat(part, ":2: @include: ", part, " includes itself\n").c_str(),
               messages(SourceText::from_file(main)).c_str());
}

TEST(ConfSourceText, RefusesDeepNesting) {
  for (int i = 0; i <= 12; ++i) {
    directory.write(cat(i, ".conf"), cat("@include \"", i + 1, ".conf\"\n"));
  }
  STRCMP_EQUAL(
      cat(directory.path("10.conf"), ":1: @include: too many files in each other\n").c_str(),
      messages(SourceText::from_file(directory.path("0.conf"))).c_str());
}

TEST(ConfSourceText, ReportsEveryIncludeThatFails) {
  const auto main =
      directory.write("main.conf", "@include \"nowhere.conf\"\na = \"x\n@include \"d\"\n");
  directory.write("d/file", "");
  STRCMP_EQUAL(cat(main, ":1: @include: ", directory.path("nowhere.conf"),
                   " cannot be opened: No such file or directory\n", main,
                   ":2: the string has no closing quote on its line\n", main,
                   ":3: @include: ", directory.path("d"), " is a directory\n")
                   .c_str(),
               messages(SourceText::from_file(main)).c_str());
}

TEST(ConfSourceText, RefusesWhatIsNoFile) {
  const std::string missing = directory.path("missing");
  STRCMP_EQUAL(cat(missing, ": cannot be opened: No such file or directory\n").c_str(),
               messages(SourceText::from_file(missing)).c_str());
  STRCMP_EQUAL("/: is a directory\n", messages(SourceText::from_file("/")).c_str());
  STRCMP_EQUAL("/dev/zero: is not a regular file\n",
               messages(SourceText::from_file("/dev/zero")).c_str());
  const std::string fifo = directory.path("fifo");
  LONGS_EQUAL(0, ::mkfifo(fifo.c_str(), 0600));
  STRCMP_EQUAL(cat(fifo, ": is not a regular file\n").c_str(),
               messages(SourceText::from_file(fifo)).c_str());
  STRCMP_EQUAL(": cannot be opened: No such file or directory\n",
               messages(SourceText::from_file("")).c_str());
}

TEST(ConfSourceText, RefusesAFileItMayNotRead) {
  if (::geteuid() == 0) return;  // root may read all
  const auto main = directory.write("main.conf", "a = 1;\n");
  LONGS_EQUAL(0, ::chmod(main.c_str(), 0));
  STRCMP_EQUAL(cat(main, ": cannot be opened: Permission denied\n").c_str(),
               messages(SourceText::from_file(main)).c_str());
}

TEST(ConfSourceText, RefusesNulAndLooksNoFurther) {
  using namespace std::string_literals;
  const auto main = directory.write("main.conf", "a = 1;\nb = \"x\0y\";\nc = \"\0\n"s);
  STRCMP_EQUAL(cat(main, ":2: NUL octet; this is not a text file\n").c_str(),
               messages(SourceText::from_file(main)).c_str());
}

TEST(ConfSourceText, RefusesFilesThatAreTooLarge) {
  const std::string comment(1023, '#');
  std::string text;
  for (int i = 0; i < 4096; ++i) text += comment + '\n';
  const auto main = directory.write("main.conf", text);
  STRCMP_EQUAL("", messages(SourceText::from_file(main)).c_str());
  directory.write("main.conf", text + '#');
  STRCMP_EQUAL(cat(main, ": has more than 4194304 octets\n").c_str(),
               messages(SourceText::from_file(main)).c_str());
}
