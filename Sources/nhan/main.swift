print("nhan")
