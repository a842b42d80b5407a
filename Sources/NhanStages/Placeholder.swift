import NhanCore
