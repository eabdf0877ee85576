// The files that are built into the program: the page, and the descriptions of the API and of an event.
#pragma once

#include <span>
#include <string_view>

namespace vtp {

struct PageFile {
  std::string_view path;  // "/app.js"; index.html is "/"
  std::string_view type;  // Content-Type
  std::string_view etag;  // in quotes, as in the field
  std::string_view bytes;
};

// Made from lib/http/page, lib/http/openapi.json and lib/voevent/event.schema.json (embed.cmake).
[[nodiscard]] std::span<const PageFile> page_files();

// nullptr: there is none.
[[nodiscard]] const PageFile* page_file_at(std::string_view path);

}  // namespace vtp
